import { Link } from "@tanstack/react-router";
import type { Attempt } from "#shared/contract/attempt.ts";
import type { TaskState } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { Button } from "../../ui/Button.tsx";
import { choiceWords } from "../../ui/choice-words.ts";
import { DiffSize } from "../../ui/DiffSize.tsx";
import { writeElapsed } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Tag, type Meaning } from "../../ui/Tag.tsx";
import { Elapsed } from "../../ui/time.tsx";
import { UsageFact } from "../../ui/UsageFact.tsx";
import { AttemptFiles } from "./AttemptFiles.tsx";

/** One attempt: who tried, how it stands, what its checks said, what it changed. */
export function AttemptColumn({
  attempt,
  number,
  openPath,
  onToggle,
  onAccept,
}: {
  readonly attempt: Attempt;
  readonly number: number;
  readonly openPath: string | null;
  readonly onToggle: (path: string) => void;
  readonly onAccept: () => void;
}) {
  const { workedMs, files } = attempt;
  // What the board knows is newer than what was compared.
  const task = useBoard((board) => board.tasks.get(attempt.task.id)) ?? attempt.task;
  const { words, meaning } = task.pendingRequests > 0 ? asking : standing(task.state);
  const hasCome = task.state.state === "review" || task.state.state === "accepted";
  const size = task.state.state === "review" || task.state.state === "accepted" ? task.state.diff : null;
  const checks = task.state.state === "review" ? task.state.checks : [];
  return (
    <li className="attempt" aria-label={`Attempt ${number}`}>
      <header>
        <h2 className="clip">{escapeControls([task.agentName, choiceWords(task)].filter(Boolean).join(" · "))}</h2>
        <Tag meaning={meaning}>{words}</Tag>
      </header>
      <dl>
        <dt>Time</dt>
        <dd className="num">{task.state.state === "running" ? <Elapsed since={task.state.startedAt} /> : writeElapsed(workedMs)}</dd>
        <dt>Change</dt>
        <dd>{size === null ? <span className="label">none yet</span> : <DiffSize added={size.added} removed={size.removed} />}</dd>
        <dt>Cost</dt>
        <dd>{task.usage === null ? <span className="label">nothing counted</span> : <UsageFact usage={task.usage} />}</dd>
        <dt>Checks</dt>
        <dd>{checks.length === 0 ? <span className="label">none</span> : checks.map((check) => <Check key={check.name} {...check} />)}</dd>
      </dl>
      {files !== null && <AttemptFiles task={task} files={files} openPath={openPath} onToggle={onToggle} />}
      <footer>
        <Link className="btn btn-small" to="/tasks/$taskId" params={{ taskId: task.id }} search={hasCome ? { tab: "diff" } : {}}>
          Look at it
        </Link>
        {task.state.state === "review" && (
          <Button size="small" look="primary" onClick={onAccept}>
            Accept this one
          </Button>
        )}
      </footer>
    </li>
  );
}

const asking = { words: "Needs you", meaning: "ask" } as const;

function Check({ name, status }: { readonly name: string; readonly status: string }) {
  const passed = status === "passed";
  return (
    <span className="attempt-check">
      <Icon name={passed ? "check" : "deny"} size={14} className={passed ? "is-allow" : "is-deny"} />
      {escapeControls(name)}
      <span className="visually-hidden"> {status}</span>
    </span>
  );
}

function standing({ state }: TaskState): { readonly words: string; readonly meaning: Meaning } {
  switch (state) {
    case "backlog":
      return { words: "Backlog", meaning: "done" };
    case "queued":
      return { words: "Queued", meaning: "done" };
    case "running":
      return { words: "Running", meaning: "running" };
    case "stopped":
      return { words: "Stopped", meaning: "deny" };
    case "review":
      return { words: "Review", meaning: "review" };
    case "accepted":
      return { words: "Accepted", meaning: "allow" };
    case "discarded":
      return { words: "Discarded", meaning: "done" };
    default:
      return assertNever(state);
  }
}
