import { Link } from "@tanstack/react-router";
import { TaskId } from "#shared/contract/ids.ts";
import type { SandboxSummary } from "#shared/contract/sandbox.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { writeBytes } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Table } from "../../ui/Table.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Elapsed } from "../../ui/time.tsx";

const stateWords: Record<SandboxSummary["state"], string> = { running: "Running", stopped: "Stopped", removing: "Being removed" };

const columns = [
  { title: "Task" },
  { title: "Sandbox", width: "190px" },
  { title: "State", width: "132px" },
  { title: "Up", width: "72px", end: true },
  { title: "CPU", width: "64px", end: true },
  { title: "Memory", width: "84px", end: true },
  { title: "Processes", width: "80px", end: true },
  { title: "Id", width: "150px" },
];

export function SandboxTable({ sandboxes }: { readonly sandboxes: readonly SandboxSummary[] }) {
  return (
    <Table name="Sandboxes" columns={columns}>
      {sandboxes.map((sandbox) => (
        <tr key={sandbox.id} className={sandbox.posture.weaker.length > 0 ? "is-weaker" : undefined}>
          <td>
            <TaskTitle taskId={sandbox.taskId} />
          </td>
          <td>
            {sandbox.posture.weaker.length > 0 ? (
              <Tag meaning="weaker" icon="shieldoff" title={sandbox.posture.weaker.join("\n")}>
                {sandbox.posture.label}
              </Tag>
            ) : (
              <Tag meaning="outline" icon="shield">
                {sandbox.posture.label}
              </Tag>
            )}
          </td>
          <td>
            <span className="verdict-word font-normal">
              <Icon
                name={sandbox.state === "running" ? "half" : "circle"}
                size={14}
                className={sandbox.state === "running" ? "is-running" : "label"}
              />
              {stateWords[sandbox.state]}
            </span>
          </td>
          <td className="end">
            <Elapsed since={sandbox.createdAt} />
          </td>
          <td className="end">{sandbox.cpuPercent === null ? "–" : `${Math.round(sandbox.cpuPercent)}%`}</td>
          <td className="end">{sandbox.memoryBytes === null ? "–" : writeBytes(sandbox.memoryBytes)}</td>
          <td className="end">{sandbox.pids ?? "–"}</td>
          <td>
            <code className="soft">{sandbox.id}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function TaskTitle({ taskId }: { readonly taskId: string | null }) {
  const id = TaskId.safeParse(taskId);
  const title = useBoard((board) => (id.success ? board.tasks.get(id.data)?.title : undefined));
  if (taskId === null || title === undefined) return <span className="label">{taskId ?? "none"}</span>;
  return (
    <Link to="/tasks/$taskId" params={{ taskId }}>
      {escapeControls(title)}
    </Link>
  );
}
