import { maximumAttempts } from "#shared/contract/attempt.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";

/** Other agents that try the same task at once, each in a sandbox of its own; folded, because one is the rule. */
export function RivalAgents({
  agents,
  chosen,
  onChange,
}: {
  readonly agents: readonly { readonly id: string; readonly name: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  if (agents.length === 0) return null;
  const count = agents.filter(({ id }) => chosen.includes(id)).length;
  return (
    <details>
      <summary className="soft cursor-default">
        Let others try it too{" "}
        <span className="label small">{count === 0 ? "one attempt" : `${count + 1} attempts, compared side by side`}</span>
      </summary>
      <fieldset className="mt-2 flex flex-wrap gap-4">
        <legend className="visually-hidden">Agents that try the same task</legend>
        {agents.slice(0, maximumAttempts - 1).map(({ id, name }) => (
          <label key={id} className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, id] : chosen.filter((each) => each !== id))}
            />
            {escapeControls(name)}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
