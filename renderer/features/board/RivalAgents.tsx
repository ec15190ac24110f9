import type { AgentOffer, AgentSummary } from "#shared/contract/agent.ts";
import { maximumAttempts } from "#shared/contract/attempt.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Select } from "../../ui/Select.tsx";
import { AgentKeyField } from "./AgentKeyField.tsx";
import { hintOf } from "./agent-hint.ts";
import { asTheAgentChooses, choiceMenu } from "./choices.ts";
import type { AgentKeys } from "./use-agent-keys.ts";

/** Another attempt at the same task: by which agent, with which model. */
export interface Rival {
  readonly key: number;
  readonly agentId: string;
  readonly model: string;
}

/** Other attempts at the same task at once, each in a sandbox of its own; folded, because one is the rule. */
export function RivalAgents({
  agents,
  firstId,
  offers,
  keys,
  rivals,
  onChange,
}: {
  readonly agents: readonly AgentSummary[];
  /** Of the agent of the first attempt, whose key is asked for beside it. */
  readonly firstId: string;
  readonly keys: AgentKeys;
  readonly offers: readonly AgentOffer[];
  readonly rivals: readonly Rival[];
  readonly onChange: (rivals: readonly Rival[]) => void;
}) {
  const taken = new Set([firstId, ...rivals.map(({ agentId }) => agentId)]);
  const next = (agents.find(({ id, gate }) => !taken.has(id) && gate !== "none") ?? agents[0])?.id;
  if (next === undefined) return null;
  const change = (key: number, to: Partial<Rival>) => onChange(rivals.map((each) => (each.key === key ? { ...each, ...to } : each)));
  const add = () => onChange([...rivals, { key: (rivals.at(-1)?.key ?? 0) + 1, agentId: next, model: asTheAgentChooses }]);
  return (
    <details>
      <summary className="soft cursor-default">
        Let others try it too{" "}
        <span className="label small">{rivals.length === 0 ? "one attempt" : `${rivals.length + 1} attempts, compared side by side`}</span>
      </summary>
      <ul className="mt-2 grid gap-2" aria-label="Other attempts">
        {rivals.map(({ key, agentId, model }, index) => {
          const agent = agents.find(({ id }) => id === agentId);
          const menu = choiceMenu("model", {
            options: offers.find((offer) => offer.agentId === agentId)?.options ?? null,
            ...{ wished: {}, last: [], chosen: { model } },
          });
          return (
            <li key={key} className="flex flex-wrap items-center gap-2">
              <Select
                label={`Agent of attempt ${index + 2}`}
                value={agentId}
                options={agents.map((each) => ({
                  value: each.id,
                  label: escapeControls(each.name),
                  ...hintOf(each, keys.standingOf(each).kind),
                }))}
                onChange={(chosen) => change(key, { agentId: chosen, model: asTheAgentChooses })}
                className="flex-1"
              />
              {menu !== null && (
                <Select
                  label={`Model of attempt ${index + 2}`}
                  value={menu.value}
                  options={menu.entries.map((entry) => ({ ...entry, label: escapeControls(entry.label) }))}
                  onChange={(chosen) => change(key, { model: chosen })}
                  className="flex-1"
                />
              )}
              <IconButton
                icon="close"
                name={`Leave out attempt ${index + 2}`}
                onClick={() => onChange(rivals.filter((each) => each.key !== key))}
              />
              {agent !== undefined && rivals.findIndex((each) => each.agentId === agentId) === index && agentId !== firstId && (
                <div className="w-full">
                  <AgentKeyField agent={agent} keys={keys} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
      <Button
        size="small"
        icon="plus"
        className="mt-2"
        onClick={add}
        off={rivals.length + 1 >= maximumAttempts ? "There are enough" : false}
      >
        Add an attempt
      </Button>
    </details>
  );
}

/** As the attempts are made. */
export function rivalTasks(rivals: readonly Rival[]) {
  return rivals.map(({ agentId, model }) => ({
    agentId,
    choices: model === asTheAgentChooses ? [] : [{ option: "model", value: model }],
  }));
}
