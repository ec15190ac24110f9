import type { TimelineEntry } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { Say } from "./person.ts";

type Told = Extract<TimelineEntry, { kind: "message" | "thought" | "plan" }>;

/** A timeline on paper: what grows is printed once it has stopped growing, calls when they are decided and when they end. */
export class TimelinePrinter {
  readonly #say: Say;
  readonly #printed = new Map<string, string>();
  #growing: Told | null = null;

  constructor(say: Say) {
    this.#say = say;
  }

  show(entry: TimelineEntry): void {
    if (this.#growing !== null && this.#growing.id !== entry.id) this.flush();
    if (entry.kind === "message" || entry.kind === "thought" || entry.kind === "plan") {
      this.#growing = entry;
      return;
    }
    this.#once(entry.id, oneLine(entry));
  }

  /** Prints what was still growing. */
  flush(): void {
    const entry = this.#growing;
    this.#growing = null;
    if (entry === null) return;
    if (entry.kind !== "plan") return this.#once(entry.id, `${entry.kind === "message" ? "agent:" : "thinks:"} ${plain(entry.text)}`);
    const done = entry.entries.filter(({ status }) => status === "completed").length;
    const current = entry.entries.find(({ status }) => status === "in_progress");
    this.#once(entry.id, `plan: ${done} of ${entry.entries.length} done${current === undefined ? "" : `, now: ${plain(current.text)}`}`);
  }

  #once(id: string, line: string | null): void {
    if (line === null || this.#printed.get(id) === line) return;
    this.#printed.set(id, line);
    this.#say(line.replaceAll("\n", "\n  "));
  }
}

function oneLine(entry: Exclude<TimelineEntry, Told>): string | null {
  switch (entry.kind) {
    case "person":
      return `you: ${plain(entry.text)}`;
    case "stage":
      return `• ${entry.text}`;
    case "notice":
      return `! ${plain(entry.text)}`;
    case "finished":
      return `✓ ${plain(entry.text)}`;
    case "image":
      return `agent: [a picture, ${entry.image.type}]`;
    case "question":
      return `? ${plain(entry.form.message)}   [${entry.status}]`;
    case "stop":
      return null;
    case "check":
      return entry.status === "running" ? null : `${entry.status === "passed" ? "✓" : "✗"} check ${plain(entry.name)}: ${entry.status}`;
    case "call":
      return callLine(entry);
    default:
      return assertNever(entry);
  }
}

function callLine(entry: Extract<TimelineEntry, { kind: "call" }>): string | null {
  const what = summaryOf(entry.request);
  if (entry.decision === "waiting") return null;
  if (entry.decision === "deny") return `✗ refused   ${what}   [${plain(entry.decidedBy)}]`;
  if (entry.decision === "unasked") return `! unasked   ${what}`;
  if (entry.status === "failed") return `  failed    ${what}`;
  return entry.status === "completed" ? null : `→ allowed   ${what}   [${plain(entry.decidedBy)}]`;
}

function plain(text: string): string {
  return escapeControls(text.trimEnd(), { keepLines: true });
}
