import type { ProviderFailure } from "#shared/contract/provider-failure.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { ModelAnswer, ProviderProblem } from "../../gateway/models/provider-problem.ts";
import type { Clock } from "../../kernel/clock.ts";
import { networkRemedies } from "./network-remedies.ts";
import type { RunWatch } from "./run-watch.ts";

/** How long a provider may answer nothing but errors before the run looks stuck, milliseconds. */
const patienceMs = 30_000;
/** A sandbox can make its provider answer with errors as often as it likes: so many are told in one run. */
const maximumNotices = 20;

/** Calls beside the one that went wrong, for a title and the like, that may be answered before an agent gives up. */
const mostSideAnswers = 2;

/** What of a run is told about its provider. */
export interface TroubledRun {
  isOver(): boolean;
  /** On the card, without being a sign of life. */
  show(words: string): void;
  notice(text: string): void;
  /** On the card, as a sign of life. */
  activity(words: string): void;
  /** What keeps its model from answering; null when nothing does any more. */
  failed(failure: ProviderFailure | null): void;
  readonly clock: Clock;
}

/** Tells the person what a run's model provider answers in place of an answer, and what to do about it: agents often try again without a word. */
export class ProviderTrouble implements Disposable {
  readonly #run: TroubledRun;
  readonly #watch: Pick<RunWatch, "looksStuck">;
  /** Of the problems since the last answer: when the first one came, and which have been told. */
  #since: number | null = null;
  readonly #told = new Set<ProviderProblem["kind"]>();
  #notices = 0;
  #timer: Disposable | null = null;
  #isEnded = false;
  /** The last problem, and how many answers came since. */
  #last: { readonly failure: ProviderFailure; answersSince: number } | null = null;

  constructor(run: TroubledRun, watch: Pick<RunWatch, "looksStuck">) {
    this.#run = run;
    this.#watch = watch;
  }

  heard(answer: ModelAnswer): void {
    const { clock } = this.#run;
    const { problem } = answer;
    if (this.#isEnded || this.#run.isOver()) return;
    if (problem === null) return this.#isOver();
    const said = problemWords(answer, problem);
    const retryMs = "retryAfterSeconds" in problem && problem.retryAfterSeconds !== null ? problem.retryAfterSeconds * 1_000 : null;
    const retryAt = retryMs === null ? null : clock.now() + retryMs;
    const failure: ProviderFailure = { kind: problem.kind, message: said.what, remedy: said.remedy, retryAt, secret: answer.secret };
    this.#last = { failure, answersSince: 0 };
    const words = `${said.what} ${said.remedy}`;
    this.#run.show(words);
    this.#run.failed(failure);
    if (!this.#told.has(problem.kind) && this.#notices < maximumNotices) {
      this.#told.add(problem.kind);
      this.#notices += 1;
      this.#run.notice(words);
    }
    const since = (this.#since ??= clock.monotonic() - (problem.kind === "silent" ? problem.forMs : 0));
    this.#timer?.[Symbol.dispose]();
    const leftMs = Math.max(0, patienceMs - (clock.monotonic() - since));
    this.#timer = clock.after(leftMs, () => this.#watch.looksStuck(clock.monotonic() - since, words));
  }

  /** Whether the last thing that was heard of the provider is a problem. */
  get isFailing(): boolean {
    return this.#last !== null && this.#last.answersSince === 0;
  }

  /** Why an agent that gives up now does so, where its provider is why. */
  whyGivenUp(): ProviderFailure | null {
    if (this.#last === null || this.#last.answersSince > mostSideAnswers) return null;
    return this.#last.failure;
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
  }

  #isOver(): void {
    if (this.#last !== null) this.#last.answersSince += 1;
    this.#timer?.[Symbol.dispose]();
    this.#timer = null;
    if (this.#since === null) return;
    this.#since = null;
    this.#told.clear();
    this.#run.failed(null);
    this.#run.activity("Working");
  }
}

function problemWords({ provider, secret }: ModelAnswer, problem: ProviderProblem): { readonly what: string; readonly remedy: string } {
  switch (problem.kind) {
    case "key":
      return {
        what: `${provider} refused the key (${problem.status}).`,
        remedy:
          secret === null
            ? "No secret went with it: store one in the Vault."
            : `Look at the secret '${secret}' in the Vault: it may be revoked, or another account's.`,
      };
    case "rights":
      return {
        what: `${provider} does not let this key do what was asked (${problem.status}).`,
        remedy: `Look at the rights of the key${secret === null ? "" : ` '${secret}'`} and at the model that the agent uses.`,
      };
    case "quota":
      return {
        what: `${provider} says that the account's credit or quota is used up (${problem.status}).`,
        remedy: "Add credit or raise the limit there, then start the task again.",
      };
    case "rate":
      return {
        what: `${provider} answers that too much is asked at once (${problem.status}).${again(problem)}`,
        remedy: "Agents wait and try again; if it lasts, run fewer tasks at once or raise the limit there.",
      };
    case "model":
      return {
        what: `${provider} does not know what was asked for (${problem.status}), most likely the model.`,
        remedy: "Choose another model.",
      };
    case "overloaded":
      return {
        what: `${provider} is overloaded (${problem.status}).${again(problem)}`,
        remedy: "Agents wait and try again; if it lasts, start the task again later.",
      };
    case "failed":
      return {
        what: `${provider} failed (${problem.status}).${again(problem)}`,
        remedy: "Agents wait and try again; if it lasts, look at the provider's status page.",
      };
    case "silent":
      return {
        what: `${provider} has taken a call and not answered it for ${Math.round(problem.forMs / 1_000)} s.`,
        remedy:
          "Agents wait for long; to try again at once, send the agent a message now. If it lasts, look at the provider's status page and at the proxy in the settings.",
      };
    case "network":
      return {
        what: `${provider} did not answer: ${problem.why}`,
        remedy: networkRemedies[problem.fault],
      };
    default:
      return assertNever(problem);
  }
}

function again({ retryAfterSeconds: seconds }: { readonly retryAfterSeconds: number | null }): string {
  if (seconds === null || seconds === 0) return "";
  return ` It asks to wait ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}.`;
}
