import { type ReactNode, useRef, useState } from "react";
import type { ImportedRules, RuleList } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useRead } from "../../rpc/queries.ts";
import { useSettled } from "../../rpc/use-settled.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { TextArea } from "../../ui/Field.tsx";
import { writeCount } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { listLooks, lists, sizeOf } from "./rule-words.ts";

const most = 1_048_576;
const example = '{ "permissions": { "allow": ["Bash(npm run test:*)", "Read(./docs/**)"], "deny": ["Read(./.env)"] } }';

/** Takes over the permissions of another tool: shows what comes and what has no counterpart, before anything is written. */
export function ImportDialog({
  rules,
  onClose,
  onTake,
}: {
  /** What is in the editor. */
  readonly rules: RuleList;
  readonly onClose: () => void;
  readonly onTake: (rules: RuleList) => void;
}) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const settled = useSettled(text, 200);
  const isEmpty = settled.trim() === "";
  const read = useRead(["policy", "import", settled], (client, signal) => client.policy.importRules({ text: settled }, { signal }), {
    enabled: !isEmpty,
    freshMs: 0,
  });
  const imported = isEmpty ? undefined : read.data;
  const fresh = imported === undefined ? null : newOf(imported.rules, rules);
  const take = async (chosen: File | undefined) => {
    setProblem(null);
    if (chosen === undefined) return;
    if (chosen.size > most) setProblem("It is larger than a megabyte, so it is no file of settings.");
    else setText(await chosen.text());
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Import rules"
      className="dialog-wide"
      foot={
        <DialogFoot
          action={
            fresh === null || sizeOf(fresh) === 0 ? "Put into the editor" : `Put ${writeCount(sizeOf(fresh), "rule")} into the editor`
          }
          off={text !== settled ? "It is being read" : fresh === null || sizeOf(fresh) === 0 ? "There is nothing to take over" : false}
          onAction={() => fresh !== null && onTake(fresh)}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-3">
        <p className="soft">
          The permissions of a Claude Code <code>settings.json</code>, or lists of <code>tool(matcher)</code> rules in other JSON. They go
          into the editor; nothing holds before you save.
        </p>
        <TextArea
          label="Text of the file"
          className="mono-input"
          rows={7}
          placeholder={example}
          spellCheck={false}
          maxLength={most}
          value={text}
          error={problem}
          onChange={(event) => setText(event.target.value)}
        />
        <div>
          <input
            ref={file}
            type="file"
            accept=".json,.jsonc,application/json"
            hidden
            aria-label="File to import"
            onChange={({ target }) => {
              void take(target.files?.[0]);
              target.value = "";
            }}
          />
          <Button size="small" icon="folder" onClick={() => file.current?.click()}>
            Choose a file…
          </Button>
        </div>
        <div aria-live="polite" className="grid gap-3">
          {read.problem !== null && <ErrorNote problem={read.problem} />}
          {imported !== undefined && imported.problems.length > 0 && (
            <ul className="field-error rule-problems">
              {imported.problems.map((each) => (
                <li key={`${each.line}:${each.column}`} className="flex gap-2">
                  <Icon name="alert" size={14} />
                  Line {each.line}, column {each.column}: {escapeControls(each.problem)}
                </li>
              ))}
            </ul>
          )}
          {imported !== undefined && imported.problems.length === 0 && fresh !== null && (
            <>
              <Comes fresh={fresh} known={sizeOf(imported.rules) - sizeOf(fresh)} />
              <Left left={imported.left} />
            </>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function Comes({ fresh, known }: { readonly fresh: RuleList; readonly known: number }) {
  return (
    <section aria-label="What is taken over">
      <p className="strong">
        {writeCount(sizeOf(fresh), "rule")} {sizeOf(fresh) === 1 ? "comes" : "come"}
        {known > 0 && (
          <span className="soft">
            ; {known} {known === 1 ? "stands" : "stand"} there already
          </span>
        )}
      </p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling list has to be reachable by keyboard */}
      <ul className="adopt-list" tabIndex={0} aria-label="Rules that come">
        {lists.flatMap(({ list }) =>
          fresh[list].map((text) => (
            <li key={`${list} ${text}`}>
              <Icon name={listLooks[list].icon} size={14} className={listLooks[list].look} />
              <code className="wrap-anywhere">
                {list} {escapeControls(text)}
              </code>
            </li>
          )),
        )}
      </ul>
    </section>
  );
}

type Entry = ImportedRules["left"][number];

function Left({ left }: { readonly left: readonly Entry[] }) {
  const lost = left.filter(({ isTaken }) => !isTaken);
  const other = left.filter(({ isTaken }) => isTaken);
  return (
    <>
      {lost.length === 0 ? (
        <p className="soft">Nothing was left out.</p>
      ) : (
        <Entries entries={lost} name="What could not be taken over">
          {writeCount(lost.length, "entry", "entries")} could not be taken over
        </Entries>
      )}
      {other.length > 0 && (
        <Entries entries={other} name="What means something else here">
          {writeCount(other.length, "entry", "entries")} came along and {other.length === 1 ? "means" : "mean"} something else here
        </Entries>
      )}
    </>
  );
}

function Entries({ entries, name, children }: { readonly entries: readonly Entry[]; readonly name: string; readonly children: ReactNode }) {
  return (
    <section>
      <p className="strong">{children}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling list has to be reachable by keyboard */}
      <ul className="adopt-list" tabIndex={0} aria-label={name}>
        {entries.map(({ what, why }, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same may be left out twice
          <li key={index}>
            <Icon name="alert" size={14} className="is-ask" />
            <code className="wrap-anywhere">{escapeControls(what)}</code>
            <span className="soft">{escapeControls(why)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Those that are not there yet, each once. */
function newOf(rules: RuleList, known: RuleList): RuleList {
  const of = (list: keyof RuleList) => [...new Set(rules[list])].filter((text) => !known[list].includes(text));
  return { deny: of("deny"), allow: of("allow"), ask: of("ask") };
}
