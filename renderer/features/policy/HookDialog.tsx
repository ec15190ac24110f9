import { useDeferredValue, useState } from "react";
import type { Hook } from "#shared/contract/hook.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { useProof } from "../../rpc/use-proof.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field, Labelled, TextArea } from "../../ui/Field.tsx";
import { ProofFields } from "../../ui/ProofFields.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { blankHook, draftOf, type HookDraft, type HookEffect, type HookField, readHook, runsProgram } from "./hook-draft.ts";
import { HookTrialBox } from "./HookTrialBox.tsx";

const moments: readonly { readonly value: Hook["on"]; readonly label: string }[] = [
  { value: "tool_pre", label: "Before the call: it may ask or deny" },
  { value: "tool_post", label: "After the call: it changes nothing" },
];

const effects: readonly { readonly value: HookEffect; readonly label: string }[] = [
  { value: "log", label: "Write a line in the audit log" },
  { value: "notify", label: "Show a notification" },
  { value: "trigger", label: "Run a program" },
];

/** Makes a hook of the workspace, or changes one; `edited` is null for a new one. `hooks`: all of them, as they were seen. */
export function HookDialog({
  hooks,
  edited,
  onClose,
  onSaved,
}: {
  readonly hooks: readonly Hook[];
  readonly edited: Hook | null;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}) {
  const [draft, setDraft] = useState<HookDraft>(edited === null ? blankHook : draftOf(edited));
  const [touched, setTouched] = useState<ReadonlySet<HookField>>(new Set());
  const others = hooks.filter((one) => one !== edited).map(({ name }) => name);
  const read = readHook(draft, others);
  // Only what it is about is for core to read, and is said while the rest is still missing.
  const match = useDeferredValue(draft.match.trim());
  const check = useRead(
    ["policy", "check-hooks", match],
    (client, signal) => client.policy.checkHooks({ hooks: [about(match)] }, { signal }),
    {
      enabled: match !== "" && match.length <= longestMatch,
    },
  );
  const { isAsked, hasCodes, fields, take } = useProof(runsProgram(draft));
  const save = useChange((client, next: Hook[]) => client.policy.setHooks({ hooks: next, seen: [...hooks], proof: take() }), {
    reloads: [["policy"]],
    onDone: onSaved,
  });
  const set = (change: Partial<HookDraft>) => setDraft((held) => ({ ...held, ...change }));
  const leave = (field: HookField) => () => setTouched((held) => new Set([...held, field]));
  const unread = match === draft.match.trim() ? check.data?.problems[0] : undefined;
  const errorOf = (field: HookField) => {
    if (field === "match" && unread !== undefined) return `Column ${unread.column}: ${unread.problem}`;
    return read.ok || !(touched.has(field) || edited !== null) ? undefined : read.errors[field];
  };
  const problem = unread?.problem ?? (read.ok ? undefined : Object.values(read.errors)[0]);
  const isUnchanged = edited !== null && read.ok && JSON.stringify(read.hook) === JSON.stringify(edited);
  const off = save.isRunning
    ? "It is being saved"
    : (problem ?? (isUnchanged ? "Nothing has changed" : check.data === undefined ? "It is being checked" : false));
  return (
    <Dialog
      open
      onClose={onClose}
      title={edited === null ? "Add a hook" : `Change the hook ${edited.name}`}
      className="dialog-wide"
      foot={
        <DialogFoot
          action={edited === null ? "Add" : "Save"}
          off={off}
          onAction={() => read.ok && save.run(withHook(hooks, edited, read.hook))}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-4">
        <div className="grid grid-cols-2 gap-3">
          <Labelled label="When">
            {(id) => <Select<Hook["on"]> id={id} value={draft.on} options={moments} onChange={(on) => set({ on })} />}
          </Labelled>
          <Field
            label="Name"
            className="mono-input"
            value={draft.name}
            error={errorOf("name")}
            onBlur={leave("name")}
            onChange={(event) => set({ name: event.target.value })}
          />
        </div>
        <Field
          label="Calls"
          className="mono-input"
          placeholder="shell(npm publish:*)"
          hint="Written as a rule. It is met as loosely as a deny is: also quoted, wrapped or in a script."
          value={draft.match}
          error={errorOf("match")}
          onBlur={leave("match")}
          onChange={(event) => set({ match: event.target.value })}
        />
        {draft.on === "tool_post" && (
          <Labelled label="What it does">
            {(id) => <Select<HookEffect> id={id} value={draft.effect} options={effects} onChange={(effect) => set({ effect })} />}
          </Labelled>
        )}
        {runsProgram(draft) && (
          <>
            <TextArea
              label="Program"
              rows={3}
              className="mono-input"
              placeholder={"/usr/local/bin/check-release\n--strict"}
              hint="The program, then one argument a line; no shell. It runs on this computer as you, outside every sandbox, and gets the call as JSON on standard input."
              value={draft.command}
              error={errorOf("command")}
              onBlur={leave("command")}
              onChange={(event) => set({ command: event.target.value })}
            />
            <div className="grid grid-cols-[140px_minmax(0,1fr)] gap-3">
              <Field
                label="Time limit, seconds"
                inputMode="decimal"
                value={draft.seconds}
                error={errorOf("seconds")}
                onBlur={leave("seconds")}
                onChange={(event) => set({ seconds: event.target.value })}
              />
              <Consequence on={draft.on} />
            </div>
          </>
        )}
        {isAsked && (
          <ProofFields
            ref={fields}
            hasCodes={hasCodes}
            why="A program runs on this computer as you, outside every sandbox: trying and keeping it ask for it."
          />
        )}
        <HookTrialBox hook={read.ok && unread === undefined ? read.hook : null} proof={take} />
        {save.problem !== null && <ErrorNote problem={save.problem} />}
      </div>
    </Dialog>
  );
}

/** What becomes of the call when the program fails: nobody can choose that it is let through. */
function Consequence({ on }: { readonly on: Hook["on"] }) {
  return (
    <div>
      <p className="field-label">When it fails</p>
      <p className="small soft">
        {on === "tool_pre"
          ? 'The call is denied: when it ends with another code than 0, is late, cannot be started, or writes what cannot be read. It may also write {"decision": "pass", "ask" or "deny", "reason": …}.'
          : "It is written in the audit log. The call has happened by then."}
      </p>
    </div>
  );
}

const longestMatch = 8_192;

function about(match: string): Hook {
  return { on: "tool_post", name: "check", match, effect: { do: "log" } };
}

function withHook(hooks: readonly Hook[], edited: Hook | null, next: Hook): Hook[] {
  return edited === null ? [...hooks, next] : hooks.map((one) => (one === edited ? next : one));
}
