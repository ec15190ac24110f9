import { useRef, useState } from "react";
import type { EnvEntry, SecretScope } from "#shared/contract/vault.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field, TextArea } from "../../ui/Field.tsx";
import { writeCount } from "../../ui/format.ts";
import { EmptyState, ErrorNote } from "../../ui/states.tsx";
import type { ScopeNames } from "./scope-words.ts";
import { ScopesEditor } from "./ScopesEditor.tsx";
import { kindWords } from "./SecretTable.tsx";

interface Source {
  readonly text: string | null;
  readonly path: string | null;
}

/** The lines of a `.env` file as secrets: read, chosen, stored, and the file shredded where that is wished. */
export function ImportEnvDialog({ names, onClose }: { readonly names: ScopeNames; readonly onClose: () => void }) {
  const [read, setRead] = useState<{ readonly source: Source; readonly entries: readonly EnvEntry[] } | null>(null);
  const [isPasting, setPasting] = useState(false);
  const path = useRef<HTMLInputElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const reading = useChange(async (client, source: Source) => ({ source, entries: await client.vault.readEnv(source) }), {
    onDone: setRead,
  });
  if (read !== null) return <Choose {...read} names={names} onClose={onClose} />;
  const submit = () => {
    const source = isPasting ? { text: text.current?.value ?? "", path: null } : { text: null, path: path.current?.value.trim() ?? "" };
    if ((source.text ?? source.path) !== "" && !reading.isRunning) reading.run(source);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Import a .env file"
      foot={
        <>
          <Button look="quiet" onClick={() => setPasting(!isPasting)}>
            {isPasting ? "Name a file instead" : "Paste its text instead"}
          </Button>
          <Button look="primary" className="push" onClick={submit} off={reading.isRunning ? "It is being read" : false}>
            Read it
          </Button>
        </>
      }
    >
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {isPasting ? (
          <TextArea
            ref={text}
            label="Its text"
            rows={8}
            className="masked-area"
            spellCheck={false}
            autoComplete="off"
            hint="Nothing is expanded: $OTHER stays as it is."
          />
        ) : (
          <Field
            ref={path}
            label="Its path on this computer"
            placeholder="~/project/.env"
            className="mono"
            hint="A file named .env, .env.something or something.env. Read by Gatehouse itself; this page never sees its values."
          />
        )}
        {reading.problem !== null && <ErrorNote problem={reading.problem} />}
      </form>
    </Dialog>
  );
}

function Choose({
  source,
  entries,
  names,
  onClose,
}: {
  readonly source: Source;
  readonly entries: readonly EnvEntry[];
  readonly names: ScopeNames;
  readonly onClose: () => void;
}) {
  const usable = entries.filter(({ name }) => name !== null);
  const [lines, setLines] = useState<ReadonlySet<number>>(new Set(usable.map(({ line }) => line)));
  const [scopes, setScopes] = useState<readonly SecretScope[]>([]);
  const [shred, setShred] = useState(false);
  const [left, setLeft] = useState<string | null>(null);
  const store = useChange((client, _: null) => client.vault.importEnv({ ...source, lines: [...lines], scopes: [...scopes], shred }), {
    reloads: [["vault"]],
    onDone: ({ notShredded }) => (notShredded === null ? onClose() : setLeft(notShredded)),
  });
  if (left !== null)
    return (
      <Dialog
        open
        onClose={onClose}
        title="Stored, but the file is still there"
        foot={
          <Button look="primary" className="push" onClick={onClose}>
            Done
          </Button>
        }
      >
        <p className="soft">{left}</p>
      </Dialog>
    );
  const toggle = (line: number) => {
    const next = new Set(lines);
    if (!next.delete(line)) next.add(line);
    setLines(next);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Which of these are secrets?"
      className="dialog-wide"
      foot={
        <Button
          look="primary"
          className="push"
          onClick={() => !store.isRunning && store.run(null)}
          off={lines.size === 0 ? "Choose at least one" : store.isRunning ? "They are being stored" : false}
        >
          {`Store ${writeCount(lines.size, "secret")}`}
        </Button>
      }
    >
      <div className="grid gap-4">
        {entries.length === 0 && <EmptyState>There is no line NAME=value in it.</EmptyState>}
        <ul className="env-lines" aria-label="Lines">
          {entries.map((entry) => (
            <li key={entry.line}>
              <label>
                <input type="checkbox" checked={lines.has(entry.line)} disabled={entry.name === null} onChange={() => toggle(entry.line)} />
                <span className="label num">{entry.line}</span>
                {entry.name === null ? (
                  <span className="label env-problem">
                    {entry.variable === "" ? "" : `${entry.variable}: `}
                    {entry.problem}
                  </span>
                ) : (
                  <>
                    <code className="clip">{entry.variable}</code>
                    <span className="soft clip">{entry.name}</span>
                    <span className="label">{kindWords[entry.kind]}</span>
                  </>
                )}
              </label>
            </li>
          ))}
        </ul>
        <ScopesEditor scopes={scopes} names={names} onChange={setScopes} />
        {source.path !== null && (
          <label className="flex items-start gap-3">
            <input type="checkbox" className="mt-1" checked={shred} onChange={(event) => setShred(event.target.checked)} />
            <span>
              Shred the file afterwards: overwrite it and remove it
              <span className="small label block">
                Flash disks, copy-on-write file systems, backups and git's history can hold old copies still. A key that was ever committed
                or shared is worth replacing.
              </span>
            </span>
          </label>
        )}
        {store.problem !== null && <ErrorNote problem={store.problem} />}
      </div>
    </Dialog>
  );
}
