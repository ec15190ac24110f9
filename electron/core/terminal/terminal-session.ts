import type { TaskId, TerminalId, ViewerId } from "#shared/contract/ids.ts";
import type { TerminalFrame, TerminalSummary } from "#shared/contract/terminal.ts";
import type { ExitStatus } from "../sandbox/driver.ts";
import type { Audience } from "./allowed-escapes.ts";
import { EscapeFilter } from "./escape-filter.ts";
import { Screen, type ScreenSize } from "./screen.ts";
import { Viewer } from "./viewer.ts";

/** Bytes drawn at a time: short enough that no other terminal waits long for the event loop. */
const sliceBytes = 16_384;
/** Bytes that may wait to be drawn before a writer has to wait too. */
const maximumUndrawnBytes = 131_072;

/** The state of a screen: live, or frozen into text once its process has ended. */
type State =
  | { readonly kind: "live"; readonly screen: Screen }
  | { readonly kind: "ended"; readonly copy: string; readonly size: ScreenSize; readonly exit: ExitStatus };

/** One terminal: its screen in core and the viewers attached to it. */
export class TerminalSession {
  readonly id: TerminalId;
  readonly taskId: TaskId;
  readonly title: string;
  readonly kind: TerminalSummary["kind"];
  readonly createdAt: number;
  readonly #audience: Audience;
  readonly #viewers = new Map<ViewerId, Viewer>();
  #state: State;
  #undrawnBytes = 0;
  /** Called each time something has been drawn. */
  readonly #drawn = new Set<() => void>();

  constructor(input: Pick<TerminalSession, "id" | "taskId" | "title" | "kind" | "createdAt">, audience: Audience, size: ScreenSize) {
    this.id = input.id;
    this.taskId = input.taskId;
    this.title = input.title;
    this.kind = input.kind;
    this.createdAt = input.createdAt;
    this.#audience = audience;
    this.#state = { kind: "live", screen: new Screen(size) };
  }

  get exit(): ExitStatus | null {
    return this.#state.kind === "ended" ? this.#state.exit : null;
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  /** Bytes that the frozen copy takes; 0 while it is live. */
  get frozenLength(): number {
    return this.#state.kind === "ended" ? this.#state.copy.length : 0;
  }

  summary(): TerminalSummary {
    const { id, taskId, title, kind, createdAt, exit } = this;
    return { id, taskId, title, kind, createdAt, exit: exit === null ? null : { code: exit.code, signal: exit.signal } };
  }

  /** A way in for one stream of bytes. Each stream has its own, so that none cuts another's characters in two. */
  inlet(): (bytes: Uint8Array) => Promise<void> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const filter = new EscapeFilter(this.#audience);
    return async (bytes) => {
      for (let start = 0; start < bytes.length; start += sliceBytes) {
        await this.#draw(filter.push(decoder.decode(bytes.subarray(start, start + sliceBytes), { stream: true })));
      }
    };
  }

  async #draw(text: string): Promise<void> {
    if (this.#state.kind === "ended" || text === "") return;
    const bytes = Buffer.byteLength(text);
    this.#undrawnBytes += bytes;
    this.#state.screen.draw(text, () => {
      this.#undrawnBytes -= bytes;
      for (const viewer of this.#viewers.values()) viewer.push(text, bytes);
      for (const wake of [...this.#drawn]) wake();
    });
    await this.#undrawnAtMost(maximumUndrawnBytes);
  }

  async #undrawnAtMost(bytes: number): Promise<void> {
    if (this.#undrawnBytes <= bytes) return;
    await new Promise<void>((resolve) => {
      const check = () => {
        if (this.#undrawnBytes > bytes) return;
        this.#drawn.delete(check);
        resolve();
      };
      this.#drawn.add(check);
    });
  }

  /** Freezes the screen once all that was written stands on it. */
  async end(exit: ExitStatus): Promise<void> {
    while (this.#undrawnBytes > 0) await this.#undrawnAtMost(0);
    if (this.#state.kind === "ended") return;
    const { screen } = this.#state;
    this.#state = { kind: "ended", copy: screen.copy(), size: screen.size, exit };
    screen.close();
    for (const viewer of this.#viewers.values()) viewer.exited({ kind: "exit", code: exit.code, signal: exit.signal });
  }

  resize(size: ScreenSize): void {
    if (this.#state.kind === "ended") return;
    const { screen } = this.#state;
    if (screen.size.columns === size.columns && screen.size.rows === size.rows) return;
    screen.resize(size);
    for (const viewer of this.#viewers.values()) viewer.refresh();
  }

  async *attach(id: ViewerId, budgetBytes: number, signal: AbortSignal): AsyncGenerator<TerminalFrame, void, void> {
    const viewer = new Viewer(id, budgetBytes, () => this.#snapshot());
    if (this.#state.kind === "ended") viewer.exited({ kind: "exit", code: this.#state.exit.code, signal: this.#state.exit.signal });
    this.#viewers.set(id, viewer);
    try {
      yield* viewer.frames(signal);
    } finally {
      this.#viewers.delete(id);
    }
  }

  acknowledge(id: ViewerId, bytes: number): void {
    this.#viewers.get(id)?.acknowledge(bytes);
  }

  #snapshot(): TerminalFrame {
    const { data, size } =
      this.#state.kind === "live"
        ? { data: this.#state.screen.copy(), size: this.#state.screen.size }
        : { data: this.#state.copy, size: this.#state.size };
    return { kind: "snapshot", data, ...size, bytes: Buffer.byteLength(data) };
  }
}
