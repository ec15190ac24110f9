import { useState } from "react";
import { type McpServer, NewMcpServer, type PackageRegistry } from "#shared/contract/mcp.ts";
import type { Repository } from "#shared/contract/repository.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field, TextArea } from "../../ui/Field.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { PackageFields } from "./PackageFields.tsx";
import { blankDraft, type Draft, draftOf, inputOf } from "./server-draft.ts";

/** Defines a server, or changes one; `edited` is null for a new one. */
export function McpServerDialog({
  edited,
  repositories,
  onClose,
}: {
  readonly edited: McpServer | null;
  readonly repositories: readonly Repository[];
  readonly onClose: () => void;
}) {
  const [draft, setDraft] = useState<Draft>(edited === null ? blankDraft : draftOf(edited));
  const read = NewMcpServer.safeParse(inputOf(draft));
  const save = useChange(
    (client, input: NewMcpServer) =>
      edited === null ? client.mcpServers.add(input) : client.mcpServers.update({ ...input, id: edited.id }),
    { reloads: [["mcpServers"]], onDone: onClose },
  );
  const set = (change: Partial<Draft>) => setDraft((held) => ({ ...held, ...change }));
  const errorOf = (name: keyof Draft) =>
    read.success
      ? undefined
      : read.error.issues.find(({ path }) => path[0] === name || (path[0] === "source" && path[1] === name))?.message;
  return (
    <Dialog
      open
      onClose={onClose}
      title={edited === null ? "Add an MCP server" : `Change ${edited.name}`}
      className="w-[560px]"
      foot={
        <DialogFoot
          action={actionFor(draft, edited)}
          off={save.isRunning ? "It is being saved" : whyNot(draft, read)}
          onAction={() => read.success && save.run(read.data)}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-4">
        <Field
          label="Name"
          className="mono-input"
          hint="Rules name it: mcp(name.tool)."
          value={draft.name}
          error={draft.name === "" ? undefined : errorOf("name")}
          onChange={(event) => set({ name: event.target.value })}
        />
        <fieldset>
          <legend className="field-label">How it is reached</legend>
          <div className="grid grid-cols-2 gap-1">
            {ways.map(({ words, is, take }) => (
              <label key={words} className="flex items-center gap-2">
                <input type="radio" name="source" checked={is(draft)} onChange={() => set(take)} />
                {words}
              </label>
            ))}
          </div>
        </fieldset>
        {draft.kind === "package" && (
          <PackageFields
            key={draft.registry}
            draft={draft}
            before={edited?.source.kind === "package" && edited.source.registry === draft.registry ? edited.source.lock : null}
            onChange={set}
          />
        )}
        {draft.kind === "program" && (
          <TextArea
            label="Command"
            hint="The program, then one argument a line. It runs in the agent's sandbox, which has to hold it; paths start at the worktree."
            rows={3}
            className="mono-input"
            value={draft.command}
            error={draft.command === "" ? undefined : errorOf("command")}
            onChange={(event) => set({ command: event.target.value })}
          />
        )}
        {draft.kind !== "http" && (
          <TextArea
            label="Environment"
            hint="NAME=value, one a line. For a secret write {{secret:name}}: the gateway puts the value in, the server never has it."
            rows={2}
            className="mono-input"
            value={draft.environment}
            error={errorOf("environment")}
            onChange={(event) => set({ environment: event.target.value })}
          />
        )}
        {draft.kind === "http" && (
          <>
            <Field
              label="Address"
              className="mono-input"
              hint="Begins with https://. Agents reach it through the gateway: your rules for its host hold, and a new host is asked about."
              value={draft.url}
              error={draft.url === "" ? undefined : errorOf("url")}
              onChange={(event) => set({ url: event.target.value })}
            />
            <TextArea
              label="Headers"
              hint="Name: value, one a line. For a secret write {{secret:name}} and bind that secret to the host and the header in the Vault; the sandbox never has it."
              rows={2}
              className="mono-input"
              value={draft.headers}
              error={errorOf("headers")}
              onChange={(event) => set({ headers: event.target.value })}
            />
          </>
        )}
        <fieldset>
          <legend className="field-label">Repositories</legend>
          <div className="grid grid-cols-2 gap-1">
            {repositories.map(({ id, name }) => (
              <label key={id} className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={draft.repositoryIds.includes(id)}
                  onChange={({ target }) =>
                    set({ repositoryIds: target.checked ? [...draft.repositoryIds, id] : draft.repositoryIds.filter((one) => one !== id) })
                  }
                />
                {escapeControls(name)}
              </label>
            ))}
          </div>
          {draft.repositoryIds.length === 0 && !draft.mayBeNamed && <p className="field-hint">None: no agent gets it.</p>}
        </fieldset>
        <label className="flex items-start gap-2">
          <input type="checkbox" checked={draft.mayBeNamed} onChange={(event) => set({ mayBeNamed: event.target.checked })} />
          <span>
            Repositories may ask for it
            <span className="field-hint block">
              One whose adopted <code>gatehouse.jsonc</code> names it under <code>mcpServers</code> gets it too. A name there never defines
              what runs.
            </span>
          </span>
        </label>
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={draft.isEnabled} onChange={(event) => set({ isEnabled: event.target.checked })} />
          On
        </label>
        {edited !== null && edited.pin !== null && (
          <p className="label small">Another package, command, argument, address, environment or header has its tools confirmed anew.</p>
        )}
        {save.problem !== null && <ErrorNote problem={save.problem} />}
      </div>
    </Dialog>
  );
}

interface Way {
  readonly words: string;
  readonly is: (draft: Draft) => boolean;
  readonly take: Partial<Draft>;
}

/** Another registry has other packages: what was found in one says nothing about the other. */
const fromRegistry = (words: string, registry: PackageRegistry): Way => ({
  words,
  is: (draft) => draft.kind === "package" && draft.registry === registry,
  take: { kind: "package", registry, pinned: null, version: "", program: "" },
});
const ways: readonly Way[] = [
  fromRegistry("An npm package", "npm"),
  fromRegistry("A Python package", "pypi"),
  { words: "A program in the sandbox", is: ({ kind }) => kind === "program", take: { kind: "program" } },
  { words: "An address (HTTP)", is: ({ kind }) => kind === "http", take: { kind: "http" } },
];

function whyNot(draft: Draft, read: ReturnType<typeof NewMcpServer.safeParse>): string | false {
  if (draft.kind === "package" && draft.pinned === null) return "Find the package first: what is found is what you confirm";
  return read.success ? false : (read.error.issues[0]?.message ?? "Something is missing");
}

/** Saving a package confirms its hashes, and says so. */
function actionFor(draft: Draft, edited: McpServer | null): string {
  const isOther = draft.kind === "package" && !(edited?.source.kind === "package" && edited.source.lock === draft.pinned?.lock);
  if (isOther) return edited === null ? "Confirm and add" : "Confirm and save";
  return edited === null ? "Add" : "Save";
}
