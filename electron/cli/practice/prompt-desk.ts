import { isDefinedError, safe } from "@orpc/client";
import type { Answer, PermissionRequest, PersonRequest } from "#shared/contract/permission.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { Person, Say } from "./person.ts";
import type { PracticeClient } from "./practice-run.ts";

export interface AnsweredPrompt {
  readonly request: string;
  readonly answer: Answer;
}

/** Brings prompts to the person one at a time, in the order they came, and their answers back. */
export class PromptDesk {
  readonly answered: AnsweredPrompt[] = [];
  readonly #client: PracticeClient;
  readonly #person: Person;
  readonly #say: Say;
  readonly #waiting: PermissionRequest[] = [];
  #current: { readonly id: string; readonly ended: AbortController } | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(parts: { readonly client: PracticeClient; readonly person: Person; readonly say: Say }) {
    this.#client = parts.client;
    this.#person = parts.person;
    this.#say = parts.say;
  }

  /** Settles when `signal` aborts; rejects when an answer cannot be given. */
  async serve(signal: AbortSignal): Promise<void> {
    for await (const event of await this.#client.permissions.watch({}, { signal })) {
      for (const request of event.kind === "snapshot" ? event.requests : [event.request]) this.#take(request, signal);
    }
    await this.#work;
  }

  #take(request: PersonRequest, signal: AbortSignal): void {
    // The practice agent fills in no forms.
    if (request.kind !== "permission") return;
    if (request.status.status !== "pending") {
      if (this.#current?.id === request.id) this.#current.ended.abort();
      return;
    }
    this.#waiting.push(request);
    this.#work = this.#work.then(async () => await this.#answerNext(signal));
  }

  async #answerNext(signal: AbortSignal): Promise<void> {
    const request = this.#waiting.shift();
    if (request === undefined || signal.aborted) return;
    const ended = new AbortController();
    this.#current = { id: request.id, ended };
    try {
      const answer = await this.#person.answer(request, AbortSignal.any([signal, ended.signal]));
      await this.#give(request, answer, signal);
    } catch (error) {
      if (!ended.signal.aborted && !signal.aborted) throw error;
      this.#say("  (it ended without your answer)");
    } finally {
      this.#current = null;
    }
  }

  async #give(request: PermissionRequest, answer: Answer, signal: AbortSignal): Promise<void> {
    const { id, nonce } = request;
    const given = await safe(this.#client.permissions.answer({ id, nonce, answer }, { signal }));
    if (isDefinedError(given.error) && given.error.code === "STALE_ANSWER") return this.#say(`  (too late: ${given.error.message})`);
    if (given.error !== null) throw given.error;
    this.answered.push({ request: summaryOf(request.request), answer });
  }
}
