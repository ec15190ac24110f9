import { createInterface, type Interface } from "node:readline";
import type { Answer, PermissionRequest } from "#shared/contract/permission.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { decidedByWords, questionFor, risksInWords, summaryOf } from "#shared/domain/request-words.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";

/** Writes one line (or several) of prose. */
export type Say = (text: string) => void;

/**
 * Who answers: a list first, then a person at the terminal. Where there is neither, the answer is no;
 * unless `--yes` was given, which in this rehearsal with a known agent stands for the person's yes.
 */
export class Person implements Disposable {
  readonly #say: Say;
  readonly #left: Answer[];
  readonly #isYes: boolean;
  readonly #lines: Interface | null;
  readonly #closing = new AbortController();

  constructor(say: Say, answers: readonly Answer[], isYes: boolean, input: NodeJS.ReadStream) {
    this.#say = say;
    this.#isYes = isYes;
    this.#left = [...answers];
    this.#lines = input.isTTY ? createInterface({ input, output: process.stderr }) : null;
    this.#lines?.on("close", () => this.#closing.abort());
    // In raw mode the terminal sends no signal of its own.
    this.#lines?.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  }

  /** Shows the prompt and gets the answer. Rejects when `signal` aborts: the prompt has ended without one. */
  async answer(request: PermissionRequest, signal: AbortSignal): Promise<Answer> {
    this.#show(request);
    const brief = briefAllowance(request).answer;
    const inBrief = (answer: Answer) => (answer === "allow-once" ? brief : answer);
    const listed = this.#left.shift();
    if (listed !== undefined) {
      const given = inBrief(listed);
      this.#say(`  answer: ${answerWords[given]} (from --answers)`);
      return given;
    }
    if (this.#lines === null && this.#isYes) {
      this.#say(`  answer: ${answerWords[brief]} (nobody is at the terminal, and --yes was given)`);
      return brief;
    }
    if (this.#lines === null) {
      this.#say("  answer: deny (nobody is at the terminal, and --answers has no more)");
      return "deny";
    }
    return inBrief(await this.#ask(this.#lines, signal));
  }

  [Symbol.dispose](): void {
    this.#lines?.close();
  }

  async #ask(lines: Interface, signal: AbortSignal): Promise<Answer> {
    while (true) {
      const line = await this.#line(lines, signal);
      if (line === null) {
        this.#say("  answer: deny (the terminal was closed)");
        return "deny";
      }
      const answer = keys[line.trim().toLowerCase()];
      if (answer !== undefined) return answer;
      this.#say("  Type a, r or d, then Enter.");
    }
  }

  /** One line; null where there will be none. */
  async #line(lines: Interface, signal: AbortSignal): Promise<string | null> {
    if (this.#closing.signal.aborted) return null;
    const answered = new AbortController();
    try {
      return await new Promise<string | null>((resolve, reject) => {
        const until = { signal: answered.signal, once: true };
        signal.addEventListener("abort", () => reject(signal.reason), until);
        this.#closing.signal.addEventListener("abort", () => resolve(null), until);
        lines.question("  a allow once · r allow for this run · d deny > ", { signal }, resolve);
      });
    } finally {
      answered.abort();
    }
  }

  #show({ request, verdict, edit, agentWords, agentName }: PermissionRequest): void {
    const lines = ["", `? ${questionFor(request, verdict)}   (${agentName} asks)`, `    ${summaryOf(request)}`];
    if ("cwd" in request) lines.push(`  in ${escapeControls(request.cwd)}`);
    if (verdict.parts.length > 1) {
      for (const part of verdict.parts) lines.push(`  - ${part.decision.padEnd(5)} ${part.text}   ${part.reason}`);
    }
    lines.push(`  rule: ${decidedByWords(verdict)}`);
    for (const reason of verdict.reasons) lines.push(`  why: ${reason}`);
    if (verdict.risks.length > 0) lines.push(`  risks: ${risksInWords(verdict.risks)}`);
    if (edit !== null) lines.push(`  it would change ${escapeControls(edit.path)}`);
    if (agentWords !== null) lines.push(`  the agent says: “${escapeControls(agentWords)}”`);
    this.#say(lines.join("\n"));
  }
}

const keys: Readonly<Record<string, Answer>> = { a: "allow-once", r: "allow-run", d: "deny" };
const answerWords: Readonly<Record<Answer, string>> = {
  "allow-once": "allow once",
  "allow-run": "allow for this run",
  "allow-hour": "allow for an hour",
  "allow-repository": "always allow in this repository",
  deny: "deny",
  "deny-run": "deny all of this run",
};
