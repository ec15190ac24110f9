import type { AgentDetails } from "#shared/contract/agent.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { writeBytes } from "../../ui/format.ts";
import { Menu } from "../../ui/Menu.tsx";
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
  { title: "Version", width: "80px" },
  { title: "Packages", width: "170px" },
  { title: "Gate", width: "190px" },
  { title: "Last check", width: "180px" },
  { title: "", width: "200px", end: true },
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
        {agent.needsAcknowledgement && agent.check !== null && (
          <Button size="small" look="deny" aria-label="Let it run unasked" onClick={() => onAcknowledge(agent)}>
            Let it run
          </Button>
        )}{" "}
        <Button size="small" look="quiet" onClick={() => onCheck(agent)}>
          {agent.check === null ? "Check this agent" : "Check"}
        </Button>
        {isOwn && (
          <Menu
            trigger={<IconButton icon="more" name={`More for ${agent.name}`} size="small" />}
            entries={[
              { label: "Change", run: () => onEdit(agent) },
              { label: "Export", run: () => save(`${agent.id}.json`, agent.own) },
              ...(agent.gate === "none"
                ? [
                    {
                      label: agent.acknowledged === null ? "Let it run unasked" : "No longer let it run unasked",
                      run: () => onAcknowledge(agent),
                    },
                  ]
                : []),
              null,
              { label: "Remove", isGrave: true, run: () => onRemove(agent) },
            ]}
          />
        )}
      </td>
    </tr>
  );
}

function Packages({ agent }: { readonly agent: AgentDetails }) {
  if (agent.npmPackages.length === 0) return <span className="label">{agent.origin === "own" ? "in the image" : "ships along"}</span>;
  const pinned = agent.pinned === "hash" ? "by hash" : "exact";
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
      <span title={reads}>
        <Tag meaning={agent.gate === "full" ? "allow" : "ask"}>{gateWords[agent.gate]}</Tag>{" "}
        {agent.silentReads.length > 0 && <span className="label small">reads unasked</span>}
      </span>
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
