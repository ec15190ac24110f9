import { Link } from "@tanstack/react-router";
import { memo, type ReactNode, useEffect, useId, useRef } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import type { PersonRequest } from "#shared/contract/permission.ts";
import type { Task } from "#shared/contract/task.ts";
import type { BoardColumn } from "#shared/domain/board.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { failureOf } from "#shared/domain/provider-failure.ts";
import { IconButton } from "../../ui/Button.tsx";
import { choiceWords } from "../../ui/choice-words.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import { DiffSize } from "../../ui/DiffSize.tsx";
import { writeCount } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { ModeTag } from "../../ui/ModeTag.tsx";
import { requestText } from "../../ui/request-words.ts";
import { RetryWait } from "../../ui/RetryWait.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { TaintTag } from "../../ui/TaintTag.tsx";
import { Ago, Elapsed, TimeLeft } from "../../ui/time.tsx";
import { isWeaker } from "./board-view.ts";
import { nowOf, postureWord } from "./card-words.ts";
import { useCardDrag } from "./use-card-drag.ts";
import { UsageFact } from "../../ui/UsageFact.tsx";

export interface CardProps {
  readonly task: Task;
  readonly column: BoardColumn;
  readonly isSelected: boolean;
  /** True: take the focus once (a key moved here). */
  readonly takesFocus: boolean;
  readonly request: PersonRequest | undefined;
  /** The agent does not ask for every call. */
  readonly isUngated: boolean;
  readonly onSelect: (id: TaskId) => void;
  readonly onOpen: (id: TaskId) => void;
  readonly onAnswer: (id: TaskId) => void;
  /** Its model does not answer: ask it again. */
  readonly onRetry: (id: TaskId) => void;
  readonly onMenu: (id: TaskId, anchor: Element | DOMRect) => void;
}

export const Card = memo(function Card({
  task,
  column,
  isSelected,
  takesFocus,
  request,
  isUngated,
  onSelect,
  onOpen,
  onAnswer,
  onRetry,
  onMenu,
}: CardProps) {
  const card = useRef<HTMLElement>(null);
  const titleId = useId();
  const { isDragged, edge } = useCardDrag(card, task.id, column);
  useEffect(() => {
    if (takesFocus) card.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  const failure = failureOf(task);
  const weaker = isWeaker(task) || isUngated;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- the same is on the title's link, the menu button and the board's keys
    <article
      ref={card}
      className={`card ${weaker ? "edge-weaker" : request === undefined ? "" : "edge-ask"} ${isDragged ? "is-dragged" : ""}`}
      data-edge={edge}
      data-task={task.id}
      aria-labelledby={titleId}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a card is a stop of the board's keys
      tabIndex={isSelected ? 0 : -1}
      aria-current={isSelected ? "true" : undefined}
      onFocus={() => onSelect(task.id)}
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest("button,a") === null) onOpen(task.id);
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        onSelect(task.id);
        const isKey = event.clientX === 0 && event.clientY === 0;
        onMenu(task.id, isKey ? event.currentTarget : new DOMRect(event.clientX, event.clientY, 0, 0));
      }}
    >
      <h3 id={titleId}>
        <Link to="/tasks/$taskId" params={{ taskId: task.id }} tabIndex={-1} draggable={false}>
          {escapeControls(task.title)}
        </Link>
      </h3>
      <IconButton
        icon="more"
        name={`Actions for ${escapeControls(task.title)}`}
        tabIndex={-1}
        className="card-more"
        onClick={(event) => {
          onSelect(task.id);
          onMenu(task.id, event.currentTarget);
        }}
      />
      <p className="where clip">
        {whereOf(task)}
        {task.attemptGroup !== null && (
          <Link to="/attempts/$group" params={{ group: task.attemptGroup }} tabIndex={-1} className="attempt-link">
            one of several attempts
          </Link>
        )}
      </p>
      <NowLine task={task} request={request} />
      {request?.kind === "permission" && (
        <p className="cmd">
          <CommandText command={requestText(request.request)} verdict={request.verdict} />
        </p>
      )}
      {request?.kind === "question" && (
        <p className="card-form prose-text" dir="auto">
          {request.form.message}
        </p>
      )}
      {column !== "backlog" && <Facts task={task} isUngated={isUngated} />}
      {failure !== null && request === undefined && (
        <p className="card-answer">
          <button type="button" className="btn btn-small" tabIndex={-1} onClick={() => onRetry(task.id)}>
            Try again
          </button>
          <span className="push small soft">
            <RetryWait failure={failure} />
          </span>
        </p>
      )}
      {request !== undefined && (
        <p className="card-answer">
          <button type="button" className="btn btn-small" tabIndex={-1} onClick={() => onAnswer(task.id)}>
            Answer {isSelected && <Kbd keys="enter" />}
          </button>
          <span className="push small soft">
            <TimeLeft until={request.expiresAt} suffix=" left" />
          </span>
        </p>
      )}
    </article>
  );
});

function whereOf(task: Task): string {
  const branch = task.state.state === "accepted" ? task.state.branch : task.state.state === "backlog" ? null : task.baseBranch;
  return escapeControls(branch === null ? task.repositoryName : `${task.repositoryName} · ${branch}`);
}

function NowLine({ task, request }: { readonly task: Task; readonly request: PersonRequest | undefined }) {
  const now = nowOf(task, request);
  if (now === null) return null;
  return (
    <p className="now">
      <Icon name={now.icon} size={14} className={now.look} />
      <span>
        {now.words}
        {now.code !== undefined && (
          <>
            {" "}
            <code className="strong">{now.code}</code>
          </>
        )}
      </span>
    </p>
  );
}

function Facts({ task, isUngated }: { readonly task: Task; readonly isUngated: boolean }) {
  const size = sizeOf(task);
  const showsPosture =
    task.state.state === "running" || (isWeaker(task) && (task.state.state === "review" || task.state.state === "stopped"));
  return (
    <>
      <p className="row">
        <span className="strong clip">{escapeControls(task.agentName)}</span>
        {task.choices.length > 0 && <span className="clip">{escapeControls(choiceWords(task))}</span>}
        {isUngated && (
          <Tag meaning="weaker" icon="shieldoff" title="This agent does not ask for every call; the sandbox alone holds it.">
            Not gated
          </Tag>
        )}
        <ModeTag mode={task.mode} />
        {showsPosture && <Posture task={task} />}
        <span className="push">
          <When task={task} />
        </span>
      </p>
      {(size !== null || task.unaskedCalls > 0 || task.usage !== null || task.taint.length > 1) && (
        <p className="row">
          {size}
          <Checks task={task} />
          {task.usage !== null && <UsageFact usage={task.usage} />}
          <TaintTag marks={task.taint} />
          {task.unaskedCalls > 0 && <span className="push">{writeCount(task.unaskedCalls, "call")} unasked</span>}
        </p>
      )}
    </>
  );
}

/** How the repository's own checks ended, in a word. */
function Checks({ task }: { readonly task: Task }) {
  if (task.state.state !== "review" || task.state.checks.length === 0) return null;
  const { checks } = task.state;
  const failed = checks.filter(({ status }) => status !== "passed");
  const title = checks.map(({ name, status }) => `${escapeControls(name)}: ${status}`).join("\n");
  return (
    <Tag meaning={failed.length === 0 ? "allow" : "deny"} icon={failed.length === 0 ? "check" : "deny"} title={title}>
      {failed.length === 0 ? "Checks pass" : `${writeCount(failed.length, "check")} fail${failed.length === 1 ? "s" : ""}`}
    </Tag>
  );
}

function Posture({ task }: { readonly task: Task }) {
  const { posture } = task;
  if (posture === null) return null;
  const words = postureWord(posture);
  if (posture.weaker.length > 0) {
    return (
      <Tag meaning="weaker" icon={posture.driver === "docker" ? "shieldoff" : "laptop"} title={posture.weaker.join("\n")}>
        {words}
      </Tag>
    );
  }
  return (
    <span className="posture" title={posture.label}>
      <Icon name="shield" size={12} />
      {words}
    </span>
  );
}

function When({ task }: { readonly task: Task }): ReactNode {
  const { state } = task;
  switch (state.state) {
    case "running":
      return <Elapsed since={state.startedAt} />;
    case "queued":
      return null;
    case "stopped":
      return <Ago at={state.stoppedAt} />;
    case "review":
      return <Ago at={state.finishedAt} />;
    case "accepted":
    case "discarded":
      return <Ago at={state.at} />;
    default:
      return null;
  }
}

function sizeOf(task: Task): ReactNode {
  const { state } = task;
  if (state.state !== "review" && state.state !== "accepted") return null;
  if (state.diff.files === 0) return <span className="label">No changes</span>;
  return <DiffSize added={state.diff.added} removed={state.diff.removed} />;
}
