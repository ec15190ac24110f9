import type { LockState } from "#shared/contract/app.ts";
import type { BoardEvent, Task } from "#shared/contract/task.ts";
import type { PermissionRequest, PersonRequest } from "#shared/contract/permission.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import type { NotificationAnswer, Notifier } from "../ports.ts";
import type { HookNotice } from "../rules/hook-runner.ts";
import { describeStop } from "../tasks/run/run-stop.ts";
import { summarize } from "../tasks/run/describe-request.ts";

interface Sources {
  readonly requests: Emitter<PersonRequest>;
  readonly board: Emitter<BoardEvent>;
  readonly hooks: Emitter<HookNotice>;
  readonly isUnlocked: () => boolean;
  readonly lockChanged: Emitter<LockState>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** So many requests are told one by one within `burstMs`; what comes beyond is one notification. */
const burst = 4;
const burstMs = 10_000;
const moreTag = "requests-more";

/**
 * Tells the person when a run needs them or has ended. While the vault is locked a notification
 * says that, and nothing of what it is about; those that said more are taken back when it is locked.
 */
export function notifyPerson(notifier: Notifier, sources: Sources): Disposable {
  const told = new Set<string>();
  const notify: Notifier["notify"] = (notification) => {
    try {
      if (sources.isUnlocked()) told.add(notification.tag);
      notifier.notify(notification);
    } catch (error) {
      sources.logger.warn({ err: error }, "a notification could not be shown");
    }
  };
  const withdraw = (tag: string) => {
    try {
      told.delete(tag);
      notifier.withdraw(tag);
    } catch (error) {
      sources.logger.warn({ err: error }, "a notification could not be taken back");
    }
  };
  const locked = sources.lockChanged.on(() => {
    if (!sources.isUnlocked()) for (const tag of told) withdraw(tag);
  });
  let tellings: readonly number[] = [];
  const waiting = new Set<string>();
  const shown = new Map<string, string>();
  const requests = sources.requests.on((request) => {
    const tag = `request-${request.id}`;
    if (request.status.status !== "pending") {
      withdraw(tag);
      waiting.delete(request.id);
      if (waiting.size === 0) withdraw(moreTag);
      return;
    }
    const isAgain = waiting.has(request.id);
    waiting.add(request.id);
    const nowMs = sources.clock.monotonic();
    tellings = tellings.filter((at) => nowMs - at < burstMs);
    if (!isAgain && tellings.length >= burst) {
      if (tellings.length > burst) return;
      tellings = [...tellings, nowMs];
      notify({
        tag: moreTag,
        title: "More requests wait for you",
        body: "Open Gatehouse to answer them, riskiest first.",
        taskId: request.taskId,
      });
      return;
    }
    if (!isAgain) tellings = [...tellings, nowMs];
    const isUnlocked = sources.isUnlocked();
    const summary = request.kind === "permission" ? summarize(request.request) : request.form.message;
    notify({
      tag,
      title: titleOf(request.taskTitle, sources),
      body: isUnlocked ? plain(`${request.agentName} asks: ${summary}`) : "Unlock Gatehouse to answer.",
      taskId: request.taskId,
      requestId: request.id,
      answers: isUnlocked && request.kind === "permission" ? answersTo(request, summary) : [],
    });
  });
  const board = sources.board.on((event) => {
    if (event.kind !== "changed") return;
    const { task } = event;
    const before = shown.get(task.id);
    shown.set(task.id, task.state.state);
    const words = before === "running" ? endOf(task) : null;
    if (words === null) return;
    const body = sources.isUnlocked() ? plain(words) : "Unlock Gatehouse to see it.";
    notify({ tag: `task-${task.id}`, title: titleOf(task.title, sources), body, taskId: task.id });
  });
  const hooks = sources.hooks.on(({ hook, call, result }) => {
    const body = sources.isUnlocked()
      ? plain(`${call.agentName}, ${result.status}: ${summarize(call.request)}`)
      : "Unlock Gatehouse to see it.";
    notify({ tag: `hook-${hook}-${call.taskId}`, title: titleOf(`${hook}: ${call.taskTitle}`, sources), body, taskId: call.taskId });
  });
  return {
    [Symbol.dispose]: () => {
      locked[Symbol.dispose]();
      hooks[Symbol.dispose]();
      requests[Symbol.dispose]();
      board[Symbol.dispose]();
    },
  };
}

/** What a run that has just ended is worth saying; null where the person ended it. */
function endOf(task: Task): string | null {
  if (task.state.state === "review") return "The work is ready for your review.";
  if (task.state.state !== "stopped") return null;
  const { reason } = task.state;
  return reason.kind === "cancelled" || reason.kind === "denied" ? null : describeStop(reason);
}

function titleOf(title: string, sources: Sources): string {
  return sources.isUnlocked() ? plain(title) : "A run needs you";
}

/** Longest text that platforms show whole in a notification, characters. */
const longestBody = 200;
/** Longest that may be allowed from there: it stands on the two lines that every platform shows. */
const longestAnswerable = 80;

/** Denying is always in reach; allowing only what the notification shows to the last character. */
function answersTo(request: PermissionRequest, summary: string): readonly NotificationAnswer[] {
  const { verdict, edit } = request;
  const isShownWhole = summary.length <= longestAnswerable && edit === null;
  return isShownWhole && !verdict.risks.includes("hidden-characters") ? [briefAllowance(request).answer, "deny"] : ["deny"];
}

/** What cannot be seen, or turns the line around, out: the platform's notification is no place for it. */
function plain(text: string): string {
  return text.slice(0, longestBody).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, " ");
}
