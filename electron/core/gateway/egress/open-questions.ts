import type { Clock } from "../../kernel/clock.ts";
import type { EgressAnswer } from "./egress-gate.ts";

/** Questions of one run that may be open at once; its tool calls ask, too. */
const maximumQuestions = 16;

/** How long a client is kept waiting before it is told to come again, milliseconds: shorter than clients wait (a minute is a usual limit). */
export const clientPatienceMs = 45_000;

/** How long a question stays open when nobody waits for its answer any more, milliseconds: a client that was told to come again does. */
const lonelyMs = 120_000;

/** How long a "once" that came when nobody waited lets one more through, milliseconds. */
const permitMs = 600_000;

export interface OpenQuestionsParts {
  readonly clock: Clock;
  /** Aborted with the run. */
  readonly ending: AbortSignal;
  /** Whether a question waits for the person however long nobody comes back for the answer. */
  readonly waitsForever: () => boolean;
}

/** `later`: the client has waited as long as one should; the question stays open. */
export type QuestionOutcome = EgressAnswer | { readonly kind: "later" } | { readonly kind: "too-many" };

interface OpenQuestion {
  readonly answer: Promise<EgressAnswer>;
  readonly abandon: AbortController;
  waiting: number;
  lonely: Disposable | null;
}

interface Permit {
  readonly words: string;
  readonly until: number;
}

/**
 * The questions about connections of one run. A question outlives the connection that gave rise to it: whoever wants the
 * same joins it, and an answer that nobody waited for lets one more through.
 */
export class OpenQuestions {
  readonly #parts: OpenQuestionsParts;
  readonly #open = new Map<string, OpenQuestion>();
  readonly #permits = new Map<string, Permit>();

  constructor(parts: OpenQuestionsParts) {
    this.#parts = parts;
  }

  /** What a person said who allowed exactly this once; used up by being taken. */
  takePermit(key: string): string | null {
    const permit = this.#permits.get(key);
    this.#permits.delete(key);
    return permit === undefined || permit.until < this.#parts.clock.monotonic() ? null : permit.words;
  }

  /** A rule or a grant lets it through by now: no "once" is kept beside it. */
  forget(keyOf: () => string): void {
    if (this.#permits.size > 0) this.#permits.delete(keyOf());
  }

  /** Joins the question about `key`, or begins it. Rejects with what `ask` rejects with, and when `signal` is aborted. */
  async wait(key: string, ask: (signal: AbortSignal) => Promise<EgressAnswer>, signal: AbortSignal): Promise<QuestionOutcome> {
    const question = this.#open.get(key) ?? this.#begin(key, ask);
    if (question === null) return { kind: "too-many" };
    question.lonely?.[Symbol.dispose]();
    question.lonely = null;
    question.waiting += 1;
    const done = new AbortController();
    const late = new Promise<QuestionOutcome>((resolve, reject) => {
      const limit = this.#parts.clock.after(clientPatienceMs, () => resolve({ kind: "later" }));
      const options = { once: true, signal: done.signal };
      signal.addEventListener("abort", () => reject(signal.reason), options);
      done.signal.addEventListener("abort", () => limit[Symbol.dispose](), { once: true });
      if (signal.aborted) reject(signal.reason);
    });
    try {
      return await Promise.race([question.answer, late]);
    } finally {
      done.abort();
      question.waiting -= 1;
      if (question.waiting === 0 && this.#open.get(key) === question) this.#leave(question);
    }
  }

  #begin(key: string, ask: (signal: AbortSignal) => Promise<EgressAnswer>): OpenQuestion | null {
    if (this.#open.size >= maximumQuestions) return null;
    const { clock, ending } = this.#parts;
    const abandon = new AbortController();
    const answer = ask(AbortSignal.any([ending, abandon.signal])).then(
      (given) => {
        this.#end(key);
        if (given.kind === "allowed") this.#permits.set(key, { words: given.words, until: clock.monotonic() + permitMs });
        return given;
      },
      (error: unknown) => {
        this.#end(key);
        throw error;
      },
    );
    // With nobody waiting, whoever comes next asks again.
    answer.catch(() => undefined);
    const question: OpenQuestion = { answer, abandon, waiting: 0, lonely: null };
    this.#open.set(key, question);
    return question;
  }

  #end(key: string): void {
    const question = this.#open.get(key);
    this.#open.delete(key);
    question?.lonely?.[Symbol.dispose]();
  }

  #leave(question: OpenQuestion): void {
    if (this.#parts.waitsForever()) return;
    question.lonely = this.#parts.clock.after(lonelyMs, () => question.abandon.abort(new Error("nobody waits for the answer any more")));
  }
}
