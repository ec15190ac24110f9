import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { QuestionAnswer, QuestionForm } from "#shared/contract/question.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { problemOfAnswers } from "#shared/domain/question-values.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import { randomId } from "../kernel/ids.ts";
import type { Timeline, Timelines } from "./timeline.ts";

type Entry = Extract<TimelineEntry, { kind: "question" }>;
type Ending = Exclude<Entry["status"], "waiting">;

interface Waiting {
  readonly taskId: TaskId;
  readonly entry: Entry;
  readonly timeline: Timeline;
  readonly settle: (ending: { readonly status: Ending; readonly answer: QuestionAnswer; readonly by: string | null }) => void;
}

/** Forms of one run that may wait at once. */
const maximumWaiting = 4;

/**
 * What agents want to know from the person in a form. It is no permission: whatever is answered, declined or left, nothing
 * is allowed by it, and the run goes on. A form that waits when the run ends is withdrawn.
 */
export class Questions {
  readonly #timelines: Timelines;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  /** The task whose questions have become more or fewer. */
  readonly changed = new Emitter<TaskId>();

  constructor(parts: { readonly timelines: Timelines; readonly audit: AuditLog; readonly clock: Clock }) {
    this.#timelines = parts.timelines;
    this.#audit = parts.audit;
    this.#clock = parts.clock;
  }

  countOf(taskId: TaskId): number {
    return [...this.#waiting.values()].filter((one) => one.taskId === taskId).length;
  }

  /** Shows the form and waits. On record are the names of its fields, never a value. */
  async ask(
    question: { readonly taskId: TaskId; readonly runId: RunId; readonly form: QuestionForm; readonly expiresInMs: number },
    signal: AbortSignal,
  ): Promise<QuestionAnswer> {
    const { taskId, runId, form } = question;
    const subject = { taskId, runId };
    const id = randomId("q");
    if (this.countOf(taskId) >= maximumWaiting || signal.aborted) return { action: "cancel" };
    const fields = form.fields.map(({ name }) => name);
    const asker = { kind: "agent" as const, runId };
    await this.#audit.note({ ...subject, verb: "question.ask", actor: asker, detail: { question: id, fields } });
    const at = this.#clock.now();
    const entry: Entry = { id, at, kind: "question", form, status: "waiting", expiresAt: at + question.expiresInMs, answer: null };
    const timeline = this.#timelines.of(taskId);
    timeline.put(entry);
    const ended = await this.#untilEnded({ taskId, entry, timeline }, question.expiresInMs, signal);
    const actor = ended.by === null ? ({ kind: "gatehouse" } as const) : { kind: "person" as const, name: ended.by };
    await this.#audit.note({ ...subject, verb: "question.end", actor, detail: { question: id, how: ended.status } });
    timeline.put({ ...entry, status: ended.status, answer: shownAnswer(form, ended.answer) });
    return ended.answer;
  }

  /** CONFLICT when it waits no longer, INVALID_INPUT for an answer that does not fit its form. */
  answer(taskId: TaskId, id: string, answer: QuestionAnswer, by: string): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || waiting.taskId !== taskId) {
      throw new UserError(
        "CONFLICT",
        "The agent waits for this no longer.",
        "Look at the timeline: it was answered, or the run has ended.",
      );
    }
    const problem = answer.action === "accept" ? problemOfAnswers(waiting.entry.form, answer.values) : null;
    if (problem !== null) throw new UserError("INVALID_INPUT", problem, "Correct it, then send it again.");
    waiting.settle({ status: endingOf(answer), answer, by });
  }

  /** A restart leaves no agent that waits: what the timeline still shows as waiting is withdrawn. */
  mend(timeline: Timeline): void {
    for (const entry of timeline.entries()) {
      if (entry.kind === "question" && entry.status === "waiting" && !this.#waiting.has(entry.id))
        timeline.put({ ...entry, status: "withdrawn" });
    }
  }

  async #untilEnded(asked: Omit<Waiting, "settle">, expiresInMs: number, signal: AbortSignal) {
    const { id } = asked.entry;
    const left: QuestionAnswer = { action: "cancel" };
    const ended = new Promise<Parameters<Waiting["settle"]>[0]>((resolve) => {
      this.#waiting.set(id, { ...asked, settle: resolve });
      signal.addEventListener("abort", () => resolve({ status: "withdrawn", answer: left, by: null }), { once: true });
    });
    using _expiry = this.#clock.after(expiresInMs, () => this.#waiting.get(id)?.settle({ status: "expired", answer: left, by: null }));
    this.changed.emit(asked.taskId);
    try {
      return await ended;
    } finally {
      this.#waiting.delete(id);
      this.changed.emit(asked.taskId);
    }
  }
}

function endingOf(answer: QuestionAnswer): Ending {
  switch (answer.action) {
    case "accept":
      return "answered";
    case "decline":
      return "declined";
    case "cancel":
      return "cancelled";
    default:
      return assertNever(answer);
  }
}

function shownAnswer(form: QuestionForm, answer: QuestionAnswer): string | null {
  if (answer.action !== "accept") return null;
  const lines = form.fields.flatMap((field) => {
    const value = answer.values[field.name];
    if (value === undefined) return [];
    const isHidden = field.kind === "text" && field.isSecretLike;
    return [`${field.title}: ${isHidden ? "(not kept)" : Array.isArray(value) ? value.join(", ") : String(value)}`];
  });
  return lines.join("\n").slice(0, 20_000);
}
