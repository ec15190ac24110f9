import type { TaskId, TerminalId, ViewerId } from "#shared/contract/ids.ts";
import type { TerminalFrame, TerminalSummary } from "#shared/contract/terminal.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Audience } from "./allowed-escapes.ts";
import { EscapeFilter } from "./escape-filter.ts";
import { Screen, type ScreenSize } from "./screen.ts";
import type { ToldExit } from "./terminals.ts";
import { Viewer } from "./viewer.ts";

/** Bytes decoded and filtered at a time. */
const sliceBytes = 65_536;
/** Bytes that may wait to be drawn before a writer has to wait too. */
const maximumUndrawnBytes = 32_768;

/** A screen of this many rows is copied at once; of a longer one, at first only `partialRows` of its scrollback. */
const shortRows = 800;
const partialRows = 300;
/** When the rest of a long screen is sent: as soon as so little was drawn within this time. */
const completeAfterMs = 50;
const quietBytes = 32_768;

/** The state of a screen: live, or frozen into text once its process has ended. */
type State =
  | { readonly kind: "live"; readonly screen: Screen }
  | { readonly kind: "ended"; readonly copy: string; readonly size: ScreenSize; readonly exit: ToldExit };

/** One terminal: its screen in core and the viewers attached to it. */
export class TerminalSession {
  readonly id: TerminalId;
  readonly taskId: TaskId;
  readonly title: string;
  readonly kind: TerminalSummary["kind"];
  readonly createdAt: number;
  readonly #audience: Audience;
  readonly #clock: Clock;
  readonly #viewers = new Map<ViewerId, Viewer>();
  #state: State;
  /** Viewers that have only the end of a long screen. */
  readonly #partial = new Set<Viewer>();
  #completion: Disposable | null = null;
  #ending: Promise<void> | null = null;
  #undrawnBytes = 0;
  #recentlyDrawnBytes = 0;
  /** Called each time something has been drawn. */
  readonly #drawn = new Set<() => void>();

  constructor(
    input: Pick<TerminalSession, "id" | "taskId" | "title" | "kind" | "createdAt">,
    audience: Audience,
    size: ScreenSize,
    clock: Clock,
  ) {
    this.id = input.id;
    this.taskId = input.taskId;
    this.title = input.title;
    this.kind = input.kind;
    this.createdAt = input.createdAt;
    this.#audience = audience;
    this.#clock = clock;
    this.#state = { kind: "live", screen: new Screen(size) };
  }

  get exit(): ToldExit | null {
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
    return { id, taskId, title, kind, createdAt, exit };
  }

  /** A way in for one stream of bytes. Each stream has its own, so that none cuts another's characters in two. */
  inlet(): (bytes: Uint8Array) => Promise<void> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const filter = new EscapeFilter(this.#audience);
    return async (bytes) => {
      for (let start = 0; start < bytes.length; start += sliceBytes) {
        const text = decoder.decode(bytes.subarray(start, start + sliceBytes), { stream: true });
        for (const piece of filter.push(text)) await this.#draw(piece);
      }
    };
  }

  async #draw(text: string): Promise<void> {
    if (this.#state.kind === "ended" || this.#ending !== null || text === "") return;
    const bytes = Buffer.byteLength(text);
    this.#undrawnBytes += bytes;
    this.#state.screen.draw(text, () => {
      this.#undrawnBytes -= bytes;
      this.#recentlyDrawnBytes += bytes;
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
  async end(exit: ToldExit): Promise<void> {
    this.#ending ??= this.#freeze(exit);
    await this.#ending;
  }

  async #freeze({ code, signal, hasFailed }: ToldExit): Promise<void> {
    await this.#undrawnAtMost(0);
    if (this.#state.kind === "ended") return;
    const { screen } = this.#state;
    const copy = (await screen.copyWhole()) ?? screen.copy();
    this.#state = { kind: "ended", copy, size: screen.size, exit: { code, signal, hasFailed } };
    screen.close();
    for (const viewer of this.#partial) viewer.refresh();
    this.#partial.clear();
    for (const viewer of this.#viewers.values()) viewer.exited({ kind: "exit", code, signal });
  }

  resize(size: ScreenSize): void {
    if (this.#state.kind === "ended" || this.#ending !== null) return;
    const { screen } = this.#state;
    if (screen.size.columns === size.columns && screen.size.rows === size.rows) return;
    screen.resize(size);
    for (const viewer of this.#viewers.values()) viewer.refresh();
  }

  async *attach(id: ViewerId, budgetBytes: number, signal: AbortSignal): AsyncGenerator<TerminalFrame, void, void> {
    const viewer: Viewer = new Viewer(id, budgetBytes, () => this.#snapshot(viewer));
    if (this.#state.kind === "ended") viewer.exited({ kind: "exit", code: this.#state.exit.code, signal: this.#state.exit.signal });
    this.#viewers.set(id, viewer);
    try {
      yield* viewer.frames(signal);
    } finally {
      this.#viewers.delete(id);
      this.#partial.delete(viewer);
    }
  }

  acknowledge(id: ViewerId, bytes: number): void {
    this.#viewers.get(id)?.acknowledge(bytes);
  }

  /** A copy of the screen; of a long one, only the end for now: the rest follows when there is time. */
  #snapshot(viewer: Viewer): Snapshot {
    if (this.#state.kind === "ended") return snapshot(this.#state.copy, this.#state.size);
    const { screen } = this.#state;
    if (screen.rowCount <= shortRows) return snapshot(screen.copy(), screen.size);
    this.#partial.add(viewer);
    this.#completeLater();
    return snapshot(screen.copy(partialRows), screen.size);
  }

  #completeLater(): void {
    if (this.#completion !== null) return;
    this.#recentlyDrawnBytes = 0;
    this.#completion = this.#clock.after(completeAfterMs, () => void this.#complete());
  }

  /** Gives the whole screen to viewers that have only its end, unless output comes too fast just now. */
  async #complete(): Promise<void> {
    const copy = this.#isQuiet() && this.#state.kind === "live" ? await this.#state.screen.copyWhole() : null;
    this.#completion = null;
    if (this.#state.kind === "ended" || this.#partial.size === 0) return;
    if (copy === null) return this.#completeLater();
    const whole = snapshot(copy, this.#state.screen.size);
    for (const viewer of this.#partial) if (viewer.replace(whole)) this.#partial.delete(viewer);
    if (this.#partial.size > 0) this.#completeLater();
  }

  #isQuiet(): boolean {
    return this.#undrawnBytes === 0 && this.#recentlyDrawnBytes <= quietBytes;
  }
}

type Snapshot = Extract<TerminalFrame, { kind: "snapshot" }>;

function snapshot(data: string, size: ScreenSize): Snapshot {
  return { kind: "snapshot", data, ...size, bytes: Buffer.byteLength(data) };
}
