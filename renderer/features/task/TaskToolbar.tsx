import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Mode } from "#shared/contract/policy.ts";
import type { Task, TaskState } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { Client } from "../../rpc/client.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { modes, modeWords } from "#shared/domain/mode-words.ts";
import { putTask } from "../../rpc/board-store.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { choiceWords } from "../../ui/choice-words.ts";
import { DiffSize } from "../../ui/DiffSize.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { TaintTag } from "../../ui/TaintTag.tsx";
import { Elapsed } from "../../ui/time.tsx";
import { UsageFact } from "../../ui/UsageFact.tsx";
import { AcceptDialog } from "./diff/AcceptDialog.tsx";
import { taskTag } from "./task-tag.ts";

type Asking = "stop" | "discard" | "accept" | null;

/** What the task is, where it stands, and what can be done with it now. */
export function TaskToolbar({ task }: { readonly task: Task }) {
  const navigate = useNavigate();
  const [asking, setAsking] = useState<Asking>(null);
  const close = () => setAsking(null);
  const start = useTaskChange((client, { id }) => client.tasks.start({ id }), close);
  const cancel = useTaskChange((client, { id }) => client.tasks.cancel({ id }), close);
  const discard = useTaskChange((client, { id }) => client.tasks.discard({ id }), close);
  const finish = useChange((client, id: Task["id"]) => client.tasks.finish({ id }), { reloads: [["audit"]] });
  const problem = finish.problem ?? start.problem ?? cancel.problem ?? discard.problem;
  const tag = taskTag(task);
  return (
    <>
      <div className="toolbar">
        <IconButton icon="left" name="Back to the board" onClick={() => void navigate({ to: "/" })} />
        <h1 className="clip" title={task.title}>
          {task.title}
        </h1>
        <Tag meaning={tag.meaning} icon={tag.icon}>
          {tag.words}
        </Tag>
        <Posture task={task} />
        <GateTag task={task} />
        <ModeSelect task={task} />
        <AttendanceSelect task={task} />
        <TaintTag marks={task.taint} />
        <span className="task-facts push num">
          <span className="strong clip">{task.agentName}</span>
          {task.choices.length > 0 && <span className="clip">{escapeControls(choiceWords(task))}</span>}
          <span className="clip">{task.repositoryName}</span>
          <Time task={task} />
          {task.state.state === "accepted" && <code className="clip">{escapeControls(task.state.branch)}</code>}
          <Size state={task.state} />
          {task.usage !== null && <UsageFact usage={task.usage} />}
        </span>
        <Actions
          task={task}
          isStarting={start.isRunning}
          isCancelling={cancel.isRunning}
          onStart={() => start.run(task)}
          onCancel={() => cancel.run(task)}
          onFinish={() => finish.run(task.id)}
          ask={setAsking}
        />
      </div>
      {problem !== null && <ErrorNote problem={problem} className="m-3" />}
      <Confirm
        open={asking === "stop"}
        onClose={close}
        title="Stop this run?"
        action="Stop run"
        onConfirm={() => cancel.run(task)}
        isRunning={cancel.isRunning}
      >
        The agent is stopped at once. What it has committed so far stays; you can write to it and go on.
      </Confirm>
      <Confirm
        open={asking === "discard"}
        onClose={close}
        title="Discard this task?"
        action="Discard"
        onConfirm={() => discard.run(task)}
        isRunning={discard.isRunning}
      >
        The agent’s work is thrown away and cannot be brought back. Your repository is not touched; the audit log keeps what happened.
      </Confirm>
      {task.state.state === "review" && <AcceptDialog open={asking === "accept"} task={task} head={task.state.head} onClose={close} />}
    </>
  );
}

function useTaskChange<I = Task>(change: (client: Client, input: I) => Promise<Task>, onDone: () => void = () => {}) {
  return useChange(change, {
    reloads: [["audit"]],
    onDone: (next) => {
      putTask(next);
      onDone();
    },
    onFail: onDone,
  });
}

function Actions({
  task,
  isStarting,
  isCancelling,
  onStart,
  onCancel,
  onFinish,
  ask,
}: {
  readonly task: Task;
  readonly isStarting: boolean;
  readonly isCancelling: boolean;
  readonly onStart: () => void;
  readonly onCancel: () => void;
  /** Ends the agent's own terminal and takes what is there to review. */
  readonly onFinish: () => void;
  readonly ask: (what: Asking) => void;
}): ReactNode {
  const busy = isStarting ? "It is being started" : isCancelling ? "It is being cancelled" : false;
  const discard = (
    <Button size="small" look="deny" onClick={() => ask("discard")}>
      Discard
    </Button>
  );
  switch (task.state.state) {
    case "backlog":
      return (
        <Button size="small" look="primary" icon="play" off={busy} onClick={onStart}>
          Start
        </Button>
      );
    case "queued":
      return (
        <Button size="small" off={busy} onClick={onCancel}>
          Leave the queue
        </Button>
      );
    case "running":
      return (
        <>
          {task.interface === "terminal" && (
            <Button size="small" look="primary" icon="check" off={busy} onClick={onFinish}>
              Finish
            </Button>
          )}
          <Button size="small" look="deny" off={busy} onClick={() => ask("stop")}>
            Stop run
          </Button>
        </>
      );
    case "stopped":
      return (
        <>
          <Button size="small" icon="play" off={busy} onClick={onStart}>
            Start again
          </Button>
          {discard}
        </>
      );
    case "review":
      return (
        <>
          <Button size="small" look="primary" icon="branch" onClick={() => ask("accept")}>
            Accept into a branch
          </Button>
          {discard}
        </>
      );
    case "accepted":
    case "discarded":
      return null;
    default:
      return assertNever(task.state);
  }
}

/** How the task may act; also while it runs, from its next call on. */
function ModeSelect({ task }: { readonly task: Task }) {
  const change = useTaskChange<Mode>((client, mode) => client.tasks.setMode({ id: task.id, mode }));
  if (task.state.state === "accepted" || task.state.state === "discarded") return null;
  return (
    <span className="task-mode" title={change.problem === null ? "" : `${change.problem.message} ${change.problem.remedy}`}>
      <Select
        label="Mode"
        value={task.mode}
        options={modes.map((value) => ({ value, label: modeWords[value].label, hint: modeWords[value].hint }))}
        onChange={(mode) => change.run(mode)}
        className="field-small"
      />
      {change.problem !== null && <Icon name="alert" size={14} className="is-deny" />}
    </span>
  );
}

type Attendance = "attended" | "unattended";

const attendances: readonly { readonly value: Attendance; readonly label: string; readonly hint: string }[] = [
  { value: "attended", label: "Attended", hint: "a prompt that nobody answers in time stops it" },
  { value: "unattended", label: "Unattended", hint: "its prompts wait for you and hold it still" },
];

/** Whether somebody sits beside the task; also while it runs. */
function AttendanceSelect({ task }: { readonly task: Task }) {
  const change = useTaskChange<boolean>((client, isUnattended) => client.tasks.setUnattended({ id: task.id, isUnattended }));
  if (task.state.state === "accepted" || task.state.state === "discarded") return null;
  return (
    <span className="task-mode" title={change.problem === null ? "" : `${change.problem.message} ${change.problem.remedy}`}>
      <Select<Attendance>
        label="Who is there"
        value={task.isUnattended ? "unattended" : "attended"}
        options={attendances}
        onChange={(value) => change.run(value === "unattended")}
        className="field-small"
      />
      {change.problem !== null && <Icon name="alert" size={14} className="is-deny" />}
    </span>
  );
}

/** That nothing makes the agent ask the way this task works with it. */
function GateTag({ task }: { readonly task: Task }) {
  const agents = useRead(["agents"], (client, signal) => client.agents.list({}, { signal }));
  const agent = agents.data?.find(({ id }) => id === task.agentId);
  if (agent === undefined || (task.interface === "terminal" ? agent.terminal !== "ungated" : agent.gate !== "none")) return null;
  return (
    <Tag meaning="weaker" icon="shieldoff" title="Nothing makes this agent ask before it acts here; the sandbox alone holds it.">
      Not gated, sandbox only
    </Tag>
  );
}

function Posture({ task }: { readonly task: Task }) {
  if (task.posture === null) return null;
  const isWeaker = task.posture.weaker.length > 0;
  return (
    <Tag
      meaning={isWeaker ? "weaker" : "outline"}
      icon={isWeaker ? "shieldoff" : "shield"}
      title={isWeaker ? task.posture.weaker.join(" ") : ""}
    >
      {task.posture.label}
    </Tag>
  );
}

function Time({ task: { state, activity } }: { readonly task: Task }) {
  if (state.state === "running") return <Elapsed since={state.startedAt} />;
  if (state.state === "queued")
    return (
      <>
        {activity !== null && <span className="clip max-w-96 max-[1279px]:hidden">{escapeControls(activity)}</span>}
        <span>
          waits <Elapsed since={state.queuedAt} />
        </span>
      </>
    );
  return null;
}

function Size({ state }: { readonly state: TaskState }) {
  if ((state.state !== "review" && state.state !== "accepted") || state.diff.files === 0) return null;
  return <DiffSize added={state.diff.added} removed={state.diff.removed} />;
}
