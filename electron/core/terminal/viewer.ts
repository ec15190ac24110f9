import type { ViewerId } from "#shared/contract/ids.ts";
import type { TerminalFrame } from "#shared/contract/terminal.ts";

type Snapshot = Extract<TerminalFrame, { kind: "snapshot" }>;

/**
 * One attached viewer and its byte budget. Above the budget the backlog is dropped and nothing more
 * is sent; once the viewer has caught up it gets a fresh copy of the screen. Dropped bytes are never
 * counted as sent, or a viewer could wait for ever.
 */
export class Viewer {
  readonly id: ViewerId;
  readonly #budgetBytes: number;
  readonly #snapshot: () => Snapshot;
  #whole: Snapshot | null = null;
  #waiting = "";
  #waitingBytes = 0;
  /** Handed to the viewer and not acknowledged. */
  #unacknowledgedBytes = 0;
  #isBehind = true;
  #exit: Extract<TerminalFrame, { kind: "exit" }> | null = null;
  #wake: () => void = () => undefined;

  /** `snapshot` copies the screen as it is at the moment of the call. */
  constructor(id: ViewerId, budgetBytes: number, snapshot: () => Snapshot) {
    this.id = id;
    this.#budgetBytes = budgetBytes;
    this.#snapshot = snapshot;
  }

  push(data: string, bytes: number): void {
    if (this.#isBehind) return;
    if (this.#unacknowledgedBytes + this.#waitingBytes + bytes > this.#budgetBytes) return this.refresh();
    this.#waiting += data;
    this.#waitingBytes += bytes;
    this.#wake();
  }

  /** Drops the backlog: the next frame is a fresh copy of the screen. */
  refresh(): void {
    this.#waiting = "";
    this.#waitingBytes = 0;
    this.#whole = null;
    this.#isBehind = true;
    this.#wake();
  }

  /** Puts `snapshot`, of the screen as it is now, in place of the backlog; false where the viewer is behind and waits for another one. */
  replace(snapshot: Snapshot): boolean {
    if (this.#isBehind) return false;
    this.#waiting = "";
    this.#waitingBytes = 0;
    this.#whole = snapshot;
    this.#wake();
    return true;
  }

  exited(exit: Extract<TerminalFrame, { kind: "exit" }>): void {
    this.#exit = exit;
    this.#wake();
  }

  acknowledge(bytes: number): void {
    this.#unacknowledgedBytes = Math.max(0, this.#unacknowledgedBytes - bytes);
    this.#wake();
  }

  /** Ends with the exit of the process or with `signal`. */
  async *frames(signal: AbortSignal): AsyncGenerator<TerminalFrame, void, void> {
    const onAbort = () => this.#wake();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      yield { kind: "attached", viewerId: this.id };
      while (!signal.aborted) {
        const frame = this.#next();
        if (frame === null) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          continue;
        }
        yield frame;
        if (frame.kind === "exit") return;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  #next(): TerminalFrame | null {
    if (this.#isBehind) {
      if (this.#unacknowledgedBytes > this.#budgetBytes / 4) return null;
      this.#isBehind = false;
      return this.#count(this.#snapshot());
    }
    if (this.#whole !== null) {
      const whole = this.#whole;
      this.#whole = null;
      return this.#count(whole);
    }
    if (this.#waiting === "") return this.#exit;
    const frame: TerminalFrame = { kind: "data", data: this.#waiting, bytes: this.#waitingBytes };
    this.#waiting = "";
    this.#waitingBytes = 0;
    return this.#count(frame);
  }

  #count(frame: TerminalFrame): TerminalFrame {
    if (frame.kind === "data" || frame.kind === "snapshot") this.#unacknowledgedBytes += frame.bytes;
    return frame;
  }
}
