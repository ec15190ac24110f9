import { useState } from "react";
import type { RepositoryId } from "#shared/contract/ids.ts";
import { type McpServer, type McpSource, NewMcpServer } from "#shared/contract/mcp.ts";
import type { Repository } from "#shared/contract/repository.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field, TextArea } from "../../ui/Field.tsx";
import { ErrorNote } from "../../ui/states.tsx";

interface Draft {
  readonly name: string;
  readonly kind: McpSource["kind"];
  /** One word a line. */
  readonly command: string;
  /** `NAME=value`, one a line. */
  readonly environment: string;
  readonly url: string;
  /** `Name: value`, one a line. */
  readonly headers: string;
  readonly repositoryIds: readonly RepositoryId[];
  readonly isEnabled: boolean;
}

const blank: Draft = { name: "", kind: "program", command: "", environment: "", url: "", headers: "", repositoryIds: [], isEnabled: true };

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
  const [draft, setDraft] = useState<Draft>(edited === null ? blank : draftOf(edited));
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
      className="w-[520px]"
      foot={
        <DialogFoot
          action={edited === null ? "Add" : "Save"}
          off={save.isRunning ? "It is being saved" : read.success ? false : (read.error.issues[0]?.message ?? "Something is missing")}
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
          <div className="flex gap-4">
            {kinds.map(({ kind, words }) => (
              <label key={kind} className="flex items-center gap-2">
                <input type="radio" name="source" checked={draft.kind === kind} onChange={() => set({ kind })} />
                {words}
              </label>
            ))}
          </div>
        </fieldset>
        {draft.kind === "program" ? (
          <>
            <TextArea
              label="Command"
              hint="The program, then one argument a line. It runs in the agent's sandbox, which has to hold it; paths start at the worktree."
              rows={3}
              className="mono-input"
              value={draft.command}
              error={draft.command === "" ? undefined : errorOf("command")}
              onChange={(event) => set({ command: event.target.value })}
            />
            <TextArea
              label="Environment"
              hint="NAME=value, one a line. For a secret write {{secret:name}}: the gateway puts the value in, the server never has it."
              rows={2}
              className="mono-input"
              value={draft.environment}
              error={errorOf("environment")}
              onChange={(event) => set({ environment: event.target.value })}
            />
          </>
        ) : (
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
          {draft.repositoryIds.length === 0 && <p className="field-hint">None: no agent gets it.</p>}
        </fieldset>
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={draft.isEnabled} onChange={(event) => set({ isEnabled: event.target.checked })} />
          On
        </label>
        {edited !== null && edited.pin !== null && (
          <p className="label small">Another command, address, environment or header has its tools confirmed anew.</p>
        )}
        {save.problem !== null && <ErrorNote problem={save.problem} />}
      </div>
    </Dialog>
  );
}

const kinds: readonly { readonly kind: McpSource["kind"]; readonly words: string }[] = [
  { kind: "program", words: "A program in the sandbox" },
  { kind: "http", words: "An address (HTTP)" },
];

function draftOf({ name, source, repositoryIds, isEnabled }: McpServer): Draft {
  const common = { ...blank, name, repositoryIds, isEnabled, kind: source.kind };
  switch (source.kind) {
    case "program":
      return { ...common, command: source.command.join("\n"), environment: linesOf(source.environment, "=") };
    case "http":
      return { ...common, url: source.url, headers: linesOf(source.headers, ": ") };
    default:
      return assertNever(source);
  }
}

function linesOf(values: Readonly<Record<string, string>>, between: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}${between}${value}`)
    .join("\n");
}

function pairsIn(text: string, between: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const pairs = lines.map((line): readonly [string, string] => {
    const at = line.indexOf(between);
    return at === -1 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

function inputOf({ name, kind, command, environment, url, headers, repositoryIds, isEnabled }: Draft) {
  const common = { name, repositoryIds, isEnabled };
  switch (kind) {
    case "program":
      return {
        ...common,
        source: { kind, command: command.split("\n").filter((word) => word !== ""), environment: pairsIn(environment, "=") },
      };
    case "http": {
      const trimmed = Object.entries(pairsIn(headers, ":")).map(([header, value]) => [header, value.trim()] as const);
      return { ...common, source: { kind, url: url.trim(), headers: Object.fromEntries(trimmed) } };
    }
    default:
      return assertNever(kind);
  }
}
