import { useState } from "react";
import type { OwnAgent } from "#shared/contract/agent-profile.ts";
import { type AgentPreset, agentPresets } from "#shared/domain/agent-presets.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field, Labelled, TextArea } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { type AgentDraft, blankDraft, draftOf, idOf, problemOf, readDraft } from "./agent-draft.ts";
import { CredentialRows } from "./CredentialRows.tsx";
import { HomeFileRows } from "./HomeFileRows.tsx";

export interface EditedAgent {
  /** Null for a new one. */
  readonly id: string | null;
  /** What the form begins with; null for an empty one. */
  readonly agent: OwnAgent | null;
}

/** Defines an agent that speaks ACP, or changes one. */
export function AgentDialog({ edited, onClose }: { readonly edited: EditedAgent; readonly onClose: () => void }) {
  const [draft, setDraft] = useState<AgentDraft>(edited.agent === null ? blankDraft : draftOf(edited.agent));
  const [preset, setPreset] = useState<AgentPreset | null>(null);
  const [isTried, setTried] = useState(false);
  const isNew = edited.id === null;
  const read = readDraft(draft);
  const save = useChange((client, agent: OwnAgent) => (isNew ? client.agents.add(agent) : client.agents.update(agent)), {
    reloads: [["agents"]],
    onDone: onClose,
  });
  const set = (change: Partial<AgentDraft>) => setDraft((held) => ({ ...held, ...change }));
  const wrong = (...path: readonly string[]) => (isTried ? problemOf(read, ...path) : undefined);
  const submit = () => {
    setTried(true);
    if (read.success && !save.isRunning) save.run(read.data);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={isNew ? "Add an agent" : `Change ${edited.agent?.name ?? edited.id}`}
      className="dialog-wide"
      foot={
        <DialogFoot
          note={
            <span className="small label flex-1">
              It starts no task before a check has seen it ask, or you say that it may run unasked.
            </span>
          }
          action={isNew ? "Add" : "Save"}
          off={save.isRunning ? "It is being saved" : false}
          onAction={submit}
          onClose={onClose}
        />
      }
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {isNew && (
          <div>
            <p className="field-label">Begin with</p>
            <div className="flex flex-wrap gap-2">
              {agentPresets.map((one) => (
                <Button
                  key={one.agent.id}
                  size="small"
                  onClick={() => {
                    setPreset(one);
                    setDraft(draftOf(one.agent));
                  }}
                >
                  {one.agent.name}
                </Button>
              ))}
            </div>
            <p className="field-hint">
              {preset === null
                ? "From their makers' documentation; not tried by us."
                : `${preset.agent.name}: not tried by us. ${preset.note}`}
            </p>
          </div>
        )}
        <div className="grid grid-cols-[minmax(0,1fr)_200px_140px] gap-4">
          <Field
            label="Name"
            value={draft.name}
            error={wrong("name")}
            onChange={({ target }) =>
              set({ name: target.value, ...(isNew && draft.id === idOf(draft.name) ? { id: idOf(target.value) } : {}) })
            }
          />
          <Field
            label="Id"
            className="mono-input"
            value={draft.id}
            disabled={!isNew}
            error={wrong("id")}
            onChange={({ target }) => set({ id: target.value })}
          />
          <Field
            label="Version"
            placeholder="any"
            value={draft.version}
            error={wrong("version")}
            onChange={({ target }) => set({ version: target.value })}
          />
        </div>
        <div className="grid grid-cols-2 gap-4">
          <TextArea
            label="Command"
            hint="The program, then one argument a line. {packages}, {home} and {worktree} are replaced."
            rows={3}
            className="mono-input"
            value={draft.command}
            error={wrong("command")}
            onChange={({ target }) => set({ command: target.value })}
          />
          <TextArea
            label="npm packages"
            hint="name@version, exact, one a line. None: it is in the base image already."
            rows={3}
            className="mono-input"
            value={draft.npmPackages}
            error={wrong("npmPackages")}
            onChange={({ target }) => set({ npmPackages: target.value })}
          />
        </div>
        <TextArea
          label="Environment"
          hint="NAME=value, one a line. Never a key: write {{secret:name}} for one of the vault's; the gateway puts the value in."
          rows={3}
          className="mono-input"
          value={draft.environment}
          error={wrong("environment")}
          onChange={({ target }) => set({ environment: target.value })}
        />
        <div className="grid grid-cols-2 gap-4">
          <TextArea
            label="Hosts of its model's provider"
            hint="One a line. Reached without a question, on port 443."
            rows={2}
            className="mono-input"
            value={draft.hosts}
            error={wrong("provider", "hosts")}
            onChange={({ target }) => set({ hosts: target.value })}
          />
          <CredentialRows
            credentials={draft.credentials}
            error={wrong("provider", "credentials")}
            onChange={(credentials) => set({ credentials })}
          />
        </div>
        <HomeFileRows files={draft.homeFiles} error={wrong("homeFiles")} onChange={(homeFiles) => set({ homeFiles })} />
        <div className="grid grid-cols-3 gap-4">
          <Field
            label="Mode to hold it to"
            placeholder="the one it starts in"
            className="mono-input"
            value={draft.mode}
            error={wrong("mode")}
            onChange={({ target }) => set({ mode: target.value })}
          />
          <Labelled label="After a restart">
            {(id) => (
              <Select
                id={id}
                value={draft.resume}
                options={[
                  { value: "none", label: "Told what it had done" },
                  { value: "load", label: "session/load" },
                  { value: "resume", label: "session/resume" },
                ]}
                onChange={(resume) => set({ resume })}
              />
            )}
          </Labelled>
          <Field
            label="Least memory, MiB"
            inputMode="numeric"
            value={draft.minimumMemoryMiB}
            error={wrong("minimumMemoryMiB")}
            onChange={({ target }) => set({ minimumMemoryMiB: target.value })}
          />
        </div>
        <div className="grid grid-cols-2 gap-4">
          <Labelled label="How its model is spoken to" hint="For the check: a scripted model answers it in this dialect.">
            {(id) => (
              <Select
                id={id}
                value={draft.dialect}
                options={[
                  { value: "none", label: "Cannot be scripted", hint: "protocol only" },
                  { value: "anthropic", label: "Anthropic Messages" },
                  { value: "openai", label: "OpenAI Chat or Responses" },
                  { value: "gemini", label: "Gemini" },
                ]}
                onChange={(dialect) => set({ dialect })}
              />
            )}
          </Labelled>
          <TextArea
            label="Environment of the check"
            hint="NAME=value; {model} is the scripted model's address. The usual variables are set already."
            rows={2}
            className="mono-input"
            value={draft.checkEnvironment}
            error={wrong("check", "environment")}
            onChange={({ target }) => set({ checkEnvironment: target.value })}
          />
        </div>
        {isTried && !read.success && (
          <p className="field-error" role="alert">
            {read.error.issues.length === 1 ? "One thing is" : `${read.error.issues.length} things are`} to be corrected above.
          </p>
        )}
        {save.problem !== null && <ErrorNote problem={save.problem} />}
      </form>
    </Dialog>
  );
}
