import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import { canDiscard, canRemove, canStart, canStop, columnOf } from "#shared/domain/board.ts";
import { failureOf } from "#shared/domain/provider-failure.ts";
import { putTask, useBoard } from "../../rpc/board-store.ts";
import { useClient } from "../../rpc/client.ts";
import { openPrompt } from "../../rpc/open-prompt.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";
import type { MenuEntry } from "../../ui/Menu.tsx";
import { rankMove } from "./rank-move.ts";

/** What is asked before it is done. */
export interface Question {
  readonly kind: "discard" | "remove";
  readonly task: Task;
}

export interface CardActions {
  readonly open: (id: TaskId) => void;
  /** Opens the first waiting request, or the task where none waits. */
  readonly answer: (id: TaskId) => void;
  readonly start: (id: TaskId) => void;
  readonly stop: (id: TaskId) => void;
  /** Its model does not answer: ask it again at once. */
  readonly retry: (id: TaskId) => void;
  readonly ask: (question: Question) => void;
  /** Stands just before another card of the column, or last. */
  readonly place: (column: readonly Task[], id: TaskId, before: TaskId | null) => void;
  readonly entries: (task: Task) => readonly MenuEntry[];
}

export interface CardActionState {
  readonly actions: CardActions;
  readonly problem: Problem | null;
  readonly forgetProblem: () => void;
  readonly question: Question | null;
  readonly answerQuestion: (yes: boolean) => void;
}

/** What can be done with a card, from a drag, the menu or a key; one failure at a time is kept to be shown. */
export function useCardActions(): CardActionState {
  const client = useClient();
  const navigate = useNavigate();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const actions = useMemo((): CardActions => {
    const change = (call: Promise<Task>) => {
      setProblem(null);
      call.then(putTask, (error: unknown) => setProblem(toProblem(error)));
    };
    const stateOf = (id: TaskId) => useBoard.getState().tasks.get(id)?.state;
    const open = (id: TaskId) => void navigate({ to: "/tasks/$taskId", params: { taskId: id } });
    const answer = (id: TaskId) => {
      const request = usePermissions.getState().pending.find((one) => one.taskId === id);
      if (request === undefined) open(id);
      else openPrompt(request.id);
    };
    const start = (id: TaskId) => {
      const state = stateOf(id);
      if (state !== undefined && canStart(state)) change(client.tasks.start({ id }));
    };
    const stop = (id: TaskId) => {
      const state = stateOf(id);
      if (state !== undefined && canStop(state)) change(client.tasks.cancel({ id }));
    };
    const retry = (id: TaskId) => change(client.tasks.retry({ id }));
    const place = (column: readonly Task[], id: TaskId, before: TaskId | null) => {
      for (const move of rankMove(column, id, before)) {
        const task = useBoard.getState().tasks.get(move.id);
        if (task !== undefined) putTask({ ...task, rank: move.rank });
        change(client.tasks.rank(move));
      }
    };
    return {
      open,
      answer,
      start,
      stop,
      retry,
      place,
      ask: setQuestion,
      entries: (task) => entriesFor(task, { open, answer, start, stop, retry, ask: setQuestion }),
    };
  }, [client, navigate]);
  const answerQuestion = (yes: boolean) => {
    if (question === null) return;
    setQuestion(null);
    if (!yes) return;
    setProblem(null);
    const { id } = question.task;
    const call = question.kind === "discard" ? client.tasks.discard({ id }).then(putTask) : client.tasks.remove({ id });
    call.catch((error: unknown) => setProblem(toProblem(error)));
  };
  return { actions, problem, forgetProblem: () => setProblem(null), question, answerQuestion };
}

function entriesFor(task: Task, actions: Pick<CardActions, "open" | "answer" | "start" | "stop" | "retry" | "ask">): readonly MenuEntry[] {
  const { id, state } = task;
  return [
    ...(task.pendingRequests > 0 && columnOf(task) === "needs-you"
      ? [{ label: "Answer", icon: "question" as const, keys: "enter", run: () => actions.answer(id) }]
      : []),
    { label: "Open", icon: "right", keys: "o", run: () => actions.open(id) },
    ...(failureOf(task) === null ? [] : [{ label: "Try the model again", icon: "play" as const, keys: "t", run: () => actions.retry(id) }]),
    null,
    ...(canStart(state)
      ? [{ label: state.state === "backlog" ? "Start" : "Start again", icon: "play" as const, keys: "s", run: () => actions.start(id) }]
      : []),
    ...(canStop(state)
      ? [
          {
            label: state.state === "queued" ? "Take off the queue" : "Stop the run",
            icon: "stop" as const,
            keys: "x",
            run: () => actions.stop(id),
          },
        ]
      : []),
    ...(canDiscard(state) && state.state !== "backlog"
      ? [{ label: "Discard the work…", icon: "deny" as const, isGrave: true, run: () => actions.ask({ kind: "discard", task }) }]
      : []),
    ...(canRemove(state)
      ? [
          {
            label: "Delete the task…",
            icon: "trash" as const,
            keys: "delete",
            isGrave: true,
            run: () => actions.ask({ kind: "remove", task }),
          },
        ]
      : []),
  ];
}
