import { TerminalId, ViewerId, type TaskId } from "#shared/contract/ids.ts";
import type { TerminalFrame, TerminalSummary } from "#shared/contract/terminal.ts";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import { randomId } from "../kernel/ids.ts";
import type { ExitStatus, Sandbox, SandboxProcess } from "../sandbox/driver.ts";
import { TerminalSession } from "./terminal-session.ts";
import type { CommandTerminal, InterfaceTerminal, NewInterface, Terminals, ToldExit } from "./terminals.ts";
import { TextTail } from "./text-tail.ts";

/** Size of a command's screen until a viewer says otherwise. */
const commandSize = { columns: 120, rows: 30 };
const defaultBudgetBytes = 512 * 1024;
const maximumViewers = 16;
const maximumRunning = 64;
const maximumEnded = 50;
const maximumEndedLength = 16 * 1024 * 1024;
/** Keys that an operator's shell has not read yet. */
const maximumUnreadInput = 1_048_576;
const maximumTitleLength = 200;

/** An interactive shell that runs nothing an agent may have left in its home. */
const shellScript = `
export PS1='\\w \\$ '
if command -v bash > /dev/null 2>&1; then exec bash --noprofile --norc -i; fi
PS1='$ ' exec sh -i
`;
const shellEnvironment = { TERM: "xterm-256color", HISTFILE: "/dev/null", ENV: "" };

interface Entry {
  readonly session: TerminalSession;
  /** Null for the agent's commands: nobody types into them. */
  readonly process: SandboxProcess | null;
}

/** The screens of all tasks. */
export class ServerTerminals implements Terminals {
  readonly changed = new Emitter<{ readonly taskId: TaskId }>();
  readonly #clock: Clock;
  readonly #budgetBytes: number;
  readonly #entries = new Map<TerminalId, Entry>();
  readonly #viewers = new Map<ViewerId, TerminalSession>();
  readonly #closing = new AbortController();

  constructor(parts: { readonly clock: Clock; readonly budgetBytes?: number }) {
    this.#clock = parts.clock;
    this.#budgetBytes = parts.budgetBytes ?? defaultBudgetBytes;
  }

  openCommand({ taskId, title }: { readonly taskId: TaskId; readonly title: string }): CommandTerminal {
    this.#refuseMoreThan(maximumRunning, taskId);
    const session = this.#open({ taskId, title, kind: "command" }, commandSize, null);
    const write = session.inlet();
    const end = (exit: ToldExit) => void this.#ended(session, exit);
    return { id: session.id, write, exited: end, feed: async (process, tailBytes) => await this.#feed(session, process, tailBytes) };
  }

  async openShell(input: {
    readonly taskId: TaskId;
    readonly sandbox: Sandbox;
    readonly cwd: string;
    readonly columns: number;
    readonly rows: number;
  }): Promise<TerminalSummary> {
    this.#refuseMoreThan(maximumRunning, input.taskId);
    const size = { columns: input.columns, rows: input.rows };
    const process = await input.sandbox.exec({ argv: ["sh", "-c", shellScript], cwd: input.cwd, environment: shellEnvironment, tty: size });
    process.stdin.on("error", () => undefined);
    const session = this.#open({ taskId: input.taskId, title: "Your shell", kind: "shell" }, size, process);
    void this.#feed(session, process, 0);
    return session.summary();
  }

  async openInterface(input: NewInterface, signal: AbortSignal): Promise<InterfaceTerminal> {
    this.#refuseMoreThan(maximumRunning, input.taskId);
    const process = await input.sandbox.exec(
      { argv: input.argv, cwd: input.cwd, environment: { ...input.environment, TERM: "xterm-256color" }, tty: commandSize },
      signal,
    );
    process.stdin.on("error", () => undefined);
    const session = this.#open({ taskId: input.taskId, title: input.title, kind: "interface" }, commandSize, process);
    const ended = this.#feed(session, process, 0).then(({ exit }) => exit);
    return { id: session.id, ended, end: async () => await this.#end({ session, process }) };
  }

  async endInterface(taskId: TaskId): Promise<boolean> {
    const running = this.#ofTask(taskId).filter(({ session }) => session.kind === "interface" && session.exit === null);
    await Promise.all(running.map(async (entry) => await this.#end(entry)));
    return running.length > 0;
  }

  list(taskId: TaskId): readonly TerminalSummary[] {
    return this.#ofTask(taskId).map(({ session }) => session.summary());
  }

  async *attach(id: TerminalId, signal: AbortSignal | undefined): AsyncGenerator<TerminalFrame, void, void> {
    const { session } = this.#get(id);
    if (session.viewerCount >= maximumViewers) {
      throw new UserError("LIMIT_REACHED", `${maximumViewers} viewers look at this terminal already.`, "Close it in another window first.");
    }
    const viewerId = ViewerId.parse(randomId("view"));
    this.#viewers.set(viewerId, session);
    try {
      yield* session.attach(
        viewerId,
        this.#budgetBytes,
        AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]),
      );
    } finally {
      this.#viewers.delete(viewerId);
    }
  }

  acknowledge(viewerId: ViewerId, bytes: number): void {
    this.#viewers.get(viewerId)?.acknowledge(viewerId, bytes);
  }

  async input(id: TerminalId, data: string): Promise<void> {
    const { process, session } = this.#get(id);
    if (process === null) {
      throw new UserError("FORBIDDEN", "This terminal belongs to the agent: nobody types into it.", "Open your own shell in the sandbox.");
    }
    if (session.exit !== null) throw new UserError("CONFLICT", "This program has ended.", "Open a new one.");
    if (process.stdin.writableLength + data.length > maximumUnreadInput) {
      throw new UserError("LIMIT_REACHED", "The shell does not read what you type.", "Wait for its program to end, or close the shell.");
    }
    process.stdin.write(data);
  }

  async resize(id: TerminalId, columns: number, rows: number): Promise<void> {
    const { process, session } = this.#get(id);
    session.resize({ columns, rows });
    if (session.exit === null) await process?.resize({ columns, rows });
  }

  async closeTerminal(id: TerminalId): Promise<void> {
    const { process, session } = this.#get(id);
    if (session.exit === null) {
      if (process === null) {
        throw new UserError("CONFLICT", "This command is still running.", "Cancel the task, or wait until the command has ended.");
      }
      await process.kill("SIGKILL");
      await process.exited;
    }
    this.#entries.delete(id);
    this.changed.emit({ taskId: session.taskId });
  }

  async endTask(taskId: TaskId): Promise<void> {
    await Promise.all(this.#ofTask(taskId).map(async (entry) => await this.#end(entry)));
  }

  /** Drops the screens of a task that has been removed. */
  forgetTask(taskId: TaskId): void {
    for (const { session } of this.#ofTask(taskId)) this.#entries.delete(session.id);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#entries.values()].map(async (entry) => await this.#end(entry)));
    this.#entries.clear();
  }

  #open(
    input: Pick<TerminalSession, "taskId" | "title" | "kind">,
    size: typeof commandSize,
    process: SandboxProcess | null,
  ): TerminalSession {
    const title = input.title.slice(0, maximumTitleLength);
    const id = TerminalId.parse(randomId("term"));
    const session = new TerminalSession(
      { ...input, title, id, createdAt: this.#clock.now() },
      input.kind === "command" ? "viewers-only" : "typist",
      size,
      this.#clock,
    );
    this.#entries.set(id, { session, process });
    this.changed.emit({ taskId: input.taskId });
    return session;
  }

  async #feed(session: TerminalSession, process: SandboxProcess, tailBytes: number) {
    const tail = new TextTail(tailBytes);
    const draw = async (stream: AsyncIterable<Uint8Array>) => {
      const write = session.inlet();
      for await (const chunk of stream) {
        tail.push(chunk);
        await write(chunk);
      }
    };
    await Promise.allSettled([draw(process.stdout), draw(process.stderr)]);
    const exit = await process.exited;
    await this.#ended(session, told(exit));
    return { exit, tail: tail.text(), truncated: tail.isTruncated };
  }

  async #end({ session, process }: Entry): Promise<void> {
    if (session.exit !== null) return;
    await process?.kill("SIGKILL");
    await this.#ended(session, told(process === null ? { code: null, signal: "SIGKILL" } : await process.exited));
  }

  async #ended(session: TerminalSession, exit: ToldExit): Promise<void> {
    if (session.exit !== null) return;
    await session.end(exit);
    this.#dropOldest(session.taskId);
    this.changed.emit({ taskId: session.taskId });
  }

  #dropOldest(taskId: TaskId): void {
    const ended = this.#ofTask(taskId).filter(({ session }) => session.exit !== null);
    let length = ended.reduce((sum, { session }) => sum + session.frozenLength, 0);
    let count = ended.length;
    for (const { session } of ended) {
      if (count <= maximumEnded && length <= maximumEndedLength) return;
      count -= 1;
      length -= session.frozenLength;
      this.#entries.delete(session.id);
    }
  }

  #ofTask(taskId: TaskId): readonly Entry[] {
    return [...this.#entries.values()].filter(({ session }) => session.taskId === taskId);
  }

  #get(id: TerminalId): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new UserError("NOT_FOUND", "This terminal is not there any more.", "Open the task again to see its terminals.");
  }

  #refuseMoreThan(maximum: number, taskId: TaskId): void {
    const running = this.#ofTask(taskId).filter(({ session }) => session.exit === null).length;
    if (running < maximum) return;
    throw new UserError("LIMIT_REACHED", `This task has ${maximum} running terminals.`, "Close some of them, or wait until they end.");
  }
}

/** Of a process of its own: whatever is not a clean end has failed. */
function told({ code, signal }: ExitStatus): ToldExit {
  return { code, signal, hasFailed: code !== 0 };
}
