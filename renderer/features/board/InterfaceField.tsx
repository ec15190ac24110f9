import type { AgentSummary } from "#shared/contract/agent.ts";
import type { TaskInterface } from "#shared/contract/task.ts";
import { Labelled } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";

/** Where a person works with the agent; nothing to choose where it has no terminal of its own. */
export function InterfaceField({
  agent,
  value,
  onChange,
}: {
  readonly agent: Pick<AgentSummary, "terminal"> | undefined;
  readonly value: TaskInterface;
  readonly onChange: (value: TaskInterface) => void;
}) {
  if (agent === undefined || agent.terminal === "none") return null;
  const isUngated = agent.terminal === "ungated";
  const hint = <span className="is-deny">Not gated: nothing makes it ask in its own terminal; the sandbox alone holds it.</span>;
  return (
    <Labelled label="How you work with it" {...(value === "terminal" && isUngated ? { hint } : {})}>
      {(id) => (
        <Select<TaskInterface>
          id={id}
          value={value}
          options={[
            { value: "chat", label: "Here: messages, calls and prompts" },
            { value: "terminal", label: "In its own terminal", ...(isUngated ? { hint: "not gated, sandbox only" } : {}) },
          ]}
          onChange={onChange}
        />
      )}
    </Labelled>
  );
}
