import type { OptionRole } from "#shared/contract/task-choice.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Labelled } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";
import type { ChoiceMenu } from "./choices.ts";

const labels: Readonly<Record<OptionRole, string>> = { model: "Model", effort: "Effort" };

/** Model and effort, as far as it is known what the agent offers: it says so only once it runs. */
export function ChoiceMenus({
  agentName,
  menus,
  isKnown,
  onChange,
}: {
  readonly agentName: string;
  readonly menus: readonly ChoiceMenu[];
  /** The agent has run before, so what it offers is known. */
  readonly isKnown: boolean;
  readonly onChange: (role: OptionRole, value: string) => void;
}) {
  return (
    <>
      {menus.length > 0 && (
        <div className="grid grid-cols-2 gap-3">
          {menus.map(({ role, value, entries, gone }) => (
            <Labelled
              key={role}
              label={labels[role]}
              {...(gone === null ? {} : { hint: `${agentName} does not offer “${escapeControls(gone)}” any more.` })}
            >
              {(id) => (
                <Select
                  id={id}
                  value={value}
                  options={entries.map((entry) => ({ ...entry, label: escapeControls(entry.label) }))}
                  onChange={(next) => onChange(role, next)}
                />
              )}
            </Labelled>
          ))}
        </div>
      )}
      {!isKnown && (
        <p className="label small">
          {menus.length > 0 ? "What else" : "Model and effort: as the agent chooses. What"} {agentName} offers is known once it has run; it
          can also be changed while it works.
        </p>
      )}
    </>
  );
}
