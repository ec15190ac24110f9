import type { Redirection } from "unbash";
import type { Input } from "./finding.ts";
import type { ShellWord } from "./shell-word.ts";

/**
 * Texts that `exec 3<<< TEXT` leaves open for the commands behind it (bash(1), "exec", "REDIRECTION"): read by `<&3`, `/dev/fd/3`,
 * and with the number 0 by whatever reads its input. Only some of what may stand there, so good for finding what is denied.
 */
export class OpenInputs {
  readonly #texts = new Map<number, Input>();

  note(words: readonly ShellWord[], redirects: readonly Redirection[], { text }: Input): void {
    const [redirect] = redirects;
    if (words.length !== 1 || words[0]?.text !== "exec" || redirect === undefined) return;
    const { descriptor } = redirect;
    this.#texts.set(descriptor?.type === "FileDescriptor" ? descriptor.value : 0, { text, isExact: false, isPart: true });
  }

  inputFor(words: readonly ShellWord[], redirects: readonly Redirection[]): Input | null {
    if (this.#texts.size === 0) return null;
    for (const redirect of redirects)
      if (redirect.type === "Redirect" && redirect.operator === "<&") return this.#texts.get(Number(redirect.target?.value)) ?? null;
    for (const { text } of words) {
      const number = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(text ?? "")?.[1];
      if (number !== undefined) return this.#texts.get(Number(number)) ?? null;
    }
    return this.#texts.get(0) ?? null;
  }
}
