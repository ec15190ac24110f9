import { type ReactNode, useState } from "react";
import type { Task } from "#shared/contract/task.ts";
import { limitWords } from "#shared/domain/limit-words.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { writeBytes, writeCount } from "../../ui/format.ts";
import { EmptyState, ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { Ago } from "../../ui/time.tsx";
import { LimitsDialog } from "./LimitsDialog.tsx";
import "./side-tabs.css";

const driverWords = { docker: "Docker", local: "process sandbox of this machine", "unsafe-local": "none: it runs as you" } as const;

/** What holds the run, as it was read back from the engine, and what is weaker than the default. */
export function SandboxTab({ task }: { readonly task: Task }) {
  const isRunning = task.state.state === "running";
  const { data, problem } = useRead(["sandboxes", "of-task", task.id], (client, signal) => client.sandboxes.list({}, { signal }), {
    enabled: task.posture !== null,
    ...(isRunning ? { everyMs: 5_000 } : {}),
  });
  const { posture } = task;
  if (posture === null) {
    return (
      <div className="scroll sandbox-tab">
        <EmptyState>No sandbox has been made for this task yet. It is made when the task starts.</EmptyState>
        <dl className="facts">
          <LimitsFact task={task} />
        </dl>
      </div>
    );
  }
  const sandbox = data?.find((each) => each.taskId === task.id) ?? null;
  return (
    <div className="scroll sandbox-tab">
      <dl className="facts">
        <Fact name="Sandbox">
          <Tag meaning={posture.weaker.length > 0 ? "weaker" : "outline"} icon={posture.weaker.length > 0 ? "shieldoff" : "shield"}>
            {posture.label}
          </Tag>
        </Fact>
        <Fact name="Held by">{driverWords[posture.driver]}</Fact>
        <Fact name="Weaker">
          {posture.weaker.length === 0 ? (
            "nothing is weaker than the default"
          ) : (
            <ul className="weaker-list">
              {posture.weaker.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact name="Unasked">
          {task.unaskedCalls === 0
            ? "no call ran without asking"
            : `${writeCount(task.unaskedCalls, "call")} ran without asking; the timeline marks them`}
        </Fact>
        <LimitsFact task={task} />
        {sandbox === null ? (
          <Fact name="Now">{isRunning ? "being looked up" : "no sandbox stands; what it held was handed over or removed"}</Fact>
        ) : (
          <>
            <Fact name="Now">
              {sandbox.state === "running" ? "runs" : "stopped"}, made <Ago at={sandbox.createdAt} />
            </Fact>
            <Fact name="Memory">{sandbox.memoryBytes === null ? "not known" : writeBytes(sandbox.memoryBytes)}</Fact>
            <Fact name="CPU">{sandbox.cpuPercent === null ? "not known" : `${Math.round(sandbox.cpuPercent)}% of one core`}</Fact>
            <Fact name="Processes">{sandbox.pids ?? "not known"}</Fact>
            <Fact name="Id">
              <code>{sandbox.id}</code>
            </Fact>
          </>
        )}
      </dl>
      {problem !== null && <ErrorNote problem={problem} className="mt-3" />}
      {posture.driver !== "unsafe-local" && (
        <p className="label small sandbox-note">
          A sandbox has no network of its own. What leaves it goes through the gateway, and is in the audit log.
        </p>
      )}
    </div>
  );
}

function LimitsFact({ task }: { readonly task: Task }) {
  const { data } = useRead(["tasks", "limits", task.id], (client, signal) => client.tasks.limits({ id: task.id }, { signal }));
  const [isChanging, setIsChanging] = useState(false);
  if (data === undefined) return null;
  return (
    <Fact name="Limits">
      <span className="flex flex-wrap items-center gap-2">
        {limitWords(data)}
        <Button size="small" onClick={() => setIsChanging(true)}>
          Change
        </Button>
      </span>
      {isChanging && <LimitsDialog task={task} before={data} onClose={() => setIsChanging(false)} />}
    </Fact>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="num">{children}</dd>
    </>
  );
}
