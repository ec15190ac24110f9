import { useRef, useState } from "react";
import { maximumHooks, type Hook } from "#shared/contract/hook.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { useKeptFocus } from "../../ui/use-kept-focus.ts";
import { HookDialog } from "./HookDialog.tsx";
import { hookDoes } from "./rule-words.ts";

/** Null: nothing is edited; `new`: one is being added. */
type Editing = Hook | "new" | null;

/** The person's own hooks, for every repository. */
export function Hooks({ hooks, onChanged }: { readonly hooks: readonly Hook[]; readonly onChanged: () => void }) {
  const [editing, setEditing] = useState<Editing>(null);
  const [removing, setRemoving] = useState<Hook | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const nextFocus = useKeptFocus(list, hooks);
  const remove = useChange(
    (client, name: string) => client.policy.setHooks({ hooks: hooks.filter((one) => one.name !== name), seen: [...hooks] }),
    {
      reloads: [["policy"]],
      onDone: () => {
        setRemoving(null);
        onChanged();
      },
    },
  );
  return (
    <section aria-label="Hooks">
      <h2 className="group-head">
        Hooks <span className="label clip">Programs of yours that look at calls, before or after. They only tighten.</span>
        <Button
          size="small"
          look="quiet"
          icon="plus"
          className="push"
          off={hooks.length >= maximumHooks ? `There are ${maximumHooks} hooks already` : false}
          onClick={() => setEditing("new")}
        >
          Add a hook
        </Button>
      </h2>
      {remove.problem !== null && <ErrorNote problem={remove.problem} className="m-3" />}
      <ul ref={list} tabIndex={-1}>
        {hooks.length === 0 && <li className="rule-row label">No hooks.</li>}
        {hooks.map((hook) => (
          <li key={hook.name} className="rule-row">
            <span className="verdict-word w-16">
              <Icon name="link" size={14} className="label" />
              {hook.on === "tool_pre" ? "Before" : "After"}
            </span>
            <span className="strong hook-name">{hook.name}</span>
            <code className="wrap-anywhere">{escapeControls(hook.match)}</code>
            <span className="rule-note">{escapeControls(hookDoes(hook))}</span>
            <IconButton icon="edit" name={`Change the hook ${hook.name}`} onClick={() => setEditing(hook)} />
            <IconButton icon="trash" name={`Remove the hook ${hook.name}`} onClick={() => setRemoving(hook)} />
          </li>
        ))}
      </ul>
      {editing !== null && (
        <HookDialog
          hooks={hooks}
          edited={editing === "new" ? null : editing}
          onClose={() => setEditing(null)}
          onSaved={() => {
            setEditing(null);
            onChanged();
          }}
        />
      )}
      <Confirm
        open={removing !== null}
        onClose={() => setRemoving(null)}
        title={`Remove the hook ${removing?.name ?? ""}?`}
        action="Remove"
        onConfirm={() => removing !== null && remove.run(removing.name)}
        isRunning={remove.isRunning}
        finalFocus={nextFocus}
      >
        {removing?.on === "tool_pre"
          ? "Calls that it looked at are decided by the rules alone from now on."
          : "Calls are not told to it any more."}{" "}
        The audit log keeps it.
      </Confirm>
    </section>
  );
}
