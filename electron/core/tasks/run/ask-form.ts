import type { QuestionAnswer, QuestionForm } from "#shared/contract/question.ts";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { randomId } from "../../kernel/ids.ts";
import type { Timeline } from "../timeline.ts";
import type { ActiveRun } from "./active-run.ts";
import { askerOf } from "./ask-person.ts";

type Entry = Extract<TimelineEntry, { kind: "question" }>;

/**
 * Asks the person what an agent wants to know in a form, and waits, as for a permission. It is none: whatever is answered,
 * declined or left, nothing is allowed by it, and the run goes on.
 */
export async function askForm(run: ActiveRun, form: QuestionForm, signal: AbortSignal): Promise<QuestionAnswer> {
  const { timeline, services } = run;
  const entry: Entry = { id: randomId("q"), at: services.clock.now(), kind: "question", form, status: "waiting", answer: null };
  run.activity("Waiting for you: a question");
  timeline.put(entry);
  using _asking = run.asking();
  try {
    const { how, answer } = await services.permissions.askForm({ ...askerOf(run), form }, signal);
    timeline.put({ ...entry, status: how, answer: shownAnswer(form, answer) });
    return answer;
  } catch (error) {
    timeline.put({ ...entry, status: "withdrawn" });
    throw error;
  }
}

/** A restart leaves no agent that waits: what the timeline still shows as waiting is withdrawn. */
export function withdrawForms(timeline: Timeline): void {
  for (const entry of timeline.entries()) if (isWaiting(entry)) timeline.put({ ...entry, status: "withdrawn" });
}

function isWaiting(entry: TimelineEntry): entry is Entry {
  return entry.kind === "question" && entry.status === "waiting";
}

/** A line a field, without the fields that look like secrets. */
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
