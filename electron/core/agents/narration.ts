import type { Clock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import type { SessionLimits } from "./session-limits.ts";
import { Throttle } from "./throttle.ts";

export interface NarrationTarget {
  message(id: string, text: string): void;
  thought(id: string, text: string): void;
  notice(text: string): void;
}

interface Passage {
  readonly id: string;
  readonly kind: "message" | "thought";
  readonly messageId: string | null;
  text: string;
  cut: number;
  isTold: boolean;
}

/**
 * Joins chunks to messages and thoughts and tells the host the whole text so far, at most once in
 * `updateEveryMs`. Holds one passage of bounded length; what is over is counted and marked as cut.
 */
export class Narration {
  readonly #target: NarrationTarget;
  readonly #limits: Pick<SessionLimits, "messageCharacters" | "messages" | "updateEveryMs">;
  readonly #throttle: Throttle;
  #passage: Passage | null = null;
  #passages = 0;

  constructor(target: NarrationTarget, clock: Clock, limits: Pick<SessionLimits, "messageCharacters" | "messages" | "updateEveryMs">) {
    this.#target = target;
    this.#throttle = new Throttle(clock, limits.updateEveryMs, () => this.#tell());
    this.#limits = limits;
  }

  chunk(kind: "message" | "thought", messageId: string | null, text: string): void {
    const current = this.#passage;
    const continues = current !== null && current.kind === kind && (messageId === null || messageId === current.messageId);
    const passage = continues ? current : this.#begin(kind, messageId);
    if (passage === null) return;
    const room = this.#limits.messageCharacters - passage.text.length;
    passage.text += text.slice(0, room);
    passage.cut += Math.max(0, text.length - room);
    passage.isTold = false;
    this.#throttle.request();
  }

  /** Tells what is held back and ends the passage, so that what follows stands after it. */
  flush(): void {
    if (this.#passage?.isTold === false) this.#throttle.now();
    this.#passage = null;
  }

  #begin(kind: Passage["kind"], messageId: string | null): Passage | null {
    this.flush();
    this.#passages += 1;
    if (this.#passages > this.#limits.messages) {
      if (this.#passages === this.#limits.messages + 1) {
        this.#target.notice(`The agent sent more than ${this.#limits.messages} messages; further ones are not shown.`);
      }
      return null;
    }
    this.#passage = { id: randomId(kind === "message" ? "msg" : "tht"), kind, messageId, text: "", cut: 0, isTold: false };
    return this.#passage;
  }

  #tell(): void {
    const passage = this.#passage;
    if (passage === null || passage.isTold) return;
    passage.isTold = true;
    const mark = passage.cut === 0 ? "" : `\n\n[Cut here: ${passage.cut} more characters are not shown.]`;
    this.#target[passage.kind](passage.id, passage.text + mark);
  }
}
