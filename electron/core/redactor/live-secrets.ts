import type { Secret } from "../kernel/secret.ts";
import { type Pattern, PatternAutomaton } from "./pattern-automaton.ts";
import { Redactor } from "./redactor.ts";
import { formsOf } from "./secret-forms.ts";

/** A stream's own redactor, which follows the registry. */
export interface RedactedStream {
  push(chunk: Uint8Array): Buffer;
  /** See {@link Redactor.pause}. */
  pause(): Buffer;
  end(): Buffer;
  readonly isHolding: boolean;
}

/**
 * The values that are in use, for as long as they are: whoever brings a value near a sandbox adds it
 * here first and takes it away when the run has ended. They stay while Gatehouse is locked, because
 * what runs goes on. Only forms to look for are kept, and overwritten when the last user is gone.
 */
export class LiveSecrets {
  readonly #live = new Map<symbol, readonly Pattern[]>();
  /** Made when a stream next moves: many values that come at once cost one automaton. */
  #automaton: PatternAutomaton | null = new PatternAutomaton([]);
  #version = 0;

  /** Looks for the value from now on, in every stream, until disposed of. `isCovered` is false for values too short to be found. */
  add(name: string, value: Secret): Disposable & { readonly isCovered: boolean } {
    const patterns = value.use((bytes) => formsOf(bytes)).map((bytes): Pattern => ({ bytes, name }));
    const key = Symbol(name);
    this.#live.set(key, patterns);
    this.#rebuild();
    return {
      isCovered: patterns.length > 0,
      [Symbol.dispose]: () => {
        if (!this.#live.delete(key)) return;
        for (const { bytes } of patterns) bytes.fill(0);
        this.#rebuild();
      },
    };
  }

  /** See {@link Redactor} for `keepsLength`. */
  stream(options: { readonly keepsLength?: boolean } = {}): RedactedStream {
    const redactor = new Redactor(this.#newest(), options);
    let version = this.#version;
    const current = () => {
      if (version !== this.#version) redactor.use(this.#newest());
      version = this.#version;
      return redactor;
    };
    return {
      push: (chunk) => current().push(chunk),
      pause: () => current().pause(),
      end: () => current().end(),
      get isHolding() {
        return redactor.isHolding;
      },
    };
  }

  /** All of a text at once. */
  redact(text: string): string {
    const stream = this.stream();
    return Buffer.concat([stream.push(Buffer.from(text, "utf8")), stream.end()]).toString("utf8");
  }

  #rebuild(): void {
    this.#automaton = null;
    this.#version++;
  }

  /** Streams change over when they next move; until then each keeps the one it has. */
  #newest(): PatternAutomaton {
    this.#automaton ??= new PatternAutomaton([...this.#live.values()].flat());
    return this.#automaton;
  }
}
