import type { AgentDetails } from "#shared/contract/agent.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button } from "../../ui/Button.tsx";
import { writeBytes } from "../../ui/format.ts";
import { Table } from "../../ui/Table.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Ago } from "../../ui/time.tsx";
import { gateWords, isCurrent } from "./agent-words.ts";
import { ResultTag } from "./CheckDialog.tsx";

interface Actions {
  readonly onCheck: (agent: AgentDetails) => void;
  readonly onEdit: (agent: AgentDetails) => void;
  readonly onRemove: (agent: AgentDetails) => void;
  readonly onAcknowledge: (agent: AgentDetails) => void;
}

const columns = [
  { title: "Agent" },
  { title: "Version", width: "110px" },
  { title: "Packages", width: "120px" },
  { title: "Gate", width: "170px" },
  { title: "Last check", width: "170px" },
  { title: "", width: "250px", end: true },
];

export function AgentTable({ agents, ...actions }: { readonly agents: readonly AgentDetails[] } & Actions) {
  const groups = [
    { name: "Agents that ship with Gatehouse", of: agents.filter(({ origin }) => origin === "built-in") },
    { name: "Your own agents", of: agents.filter(({ origin }) => origin === "own") },
  ];
  return groups.map(({ name, of }) => (
    <section key={name} aria-label={name}>
      <h2 className="group-head">{name}</h2>
      {of.length === 0 ? (
        <p className="label p-3">None yet. Any program that speaks the Agent Client Protocol can be added.</p>
      ) : (
        <Table name={name} columns={columns}>
          {of.map((agent) => (
            <AgentRow key={agent.id} agent={agent} {...actions} />
          ))}
        </Table>
      )}
    </section>
  ));
}

function AgentRow({ agent, onCheck, onEdit, onRemove, onAcknowledge }: { readonly agent: AgentDetails } & Actions) {
  const isOwn = agent.origin === "own";
  return (
    <tr className={agent.gate === "none" ? "is-weaker" : undefined}>
      <td title={escapeControls(agent.command.join(" "))}>
        <span className="font-medium">{escapeControls(agent.name)}</span> <code className="label small">{agent.id}</code>
      </td>
      <td>{agent.version ?? <span className="label">–</span>}</td>
      <td title={agent.npmPackages.join("\n")}>
        <Packages agent={agent} />
      </td>
      <td>
        <Gate agent={agent} />
      </td>
      <td>
        {agent.check === null ? (
          <span className="label">{isOwn ? "never" : "not on this computer"}</span>
        ) : (
          <>
            <ResultTag result={agent.check.result} />{" "}
            <span className="label small">{isCurrent(agent) ? <Ago at={agent.check.at} /> : "of an older profile"}</span>
          </>
        )}
      </td>
      <td className="end">
        <Button size="small" look="quiet" onClick={() => onCheck(agent)}>
          {agent.check === null ? "Check this agent" : "Check"}
        </Button>
        {isOwn && agent.gate === "none" && (
          <Button size="small" look="quiet" onClick={() => onAcknowledge(agent)}>
            {agent.acknowledged === null ? "Let it run" : "Take back"}
          </Button>
        )}
        {isOwn && (
          <>
            <Button size="small" look="quiet" onClick={() => onEdit(agent)}>
              Change
            </Button>
            {agent.own !== null && (
              <Button size="small" look="quiet" onClick={() => agent.own !== null && save(`${agent.id}.json`, agent.own)}>
                Export
              </Button>
            )}
            <Button size="small" look="quiet" onClick={() => onRemove(agent)}>
              Remove
            </Button>
          </>
        )}
      </td>
    </tr>
  );
}

function Packages({ agent }: { readonly agent: AgentDetails }) {
  if (agent.npmPackages.length === 0) return <span className="label">{agent.origin === "own" ? "in the image" : "ships along"}</span>;
  const pinned = agent.pinned === "hash" ? "pinned by hash" : "exact version";
  return (
    <>
      {agent.installedBytes === null ? <span className="label">not installed</span> : writeBytes(agent.installedBytes)}{" "}
      <span className="label small">{pinned}</span>
    </>
  );
}

function Gate({ agent }: { readonly agent: AgentDetails }) {
  const reads = agent.silentReads.length === 0 ? "" : `Never asks about: ${agent.silentReads.join("; ")}`;
  if (agent.gate !== "none")
    return (
      <Tag meaning={agent.gate === "full" ? "allow" : "ask"} title={reads}>
        {gateWords[agent.gate]}
      </Tag>
    );
  const said = agent.acknowledged === null ? "Starts no task before you say that it may." : `${agent.acknowledged.by} let it run unasked.`;
  return (
    <Tag meaning="weaker" icon="shieldoff" title={said}>
      {gateWords.none}
    </Tag>
  );
}

function save(name: string, content: unknown): void {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
