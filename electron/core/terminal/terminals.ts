import type { TaskId, TerminalId, ViewerId } from "#shared/contract/ids.ts";
import type { TerminalFrame, TerminalSummary } from "#shared/contract/terminal.ts";
import type { Emitter } from "../kernel/events.ts";
import type { ExitStatus, Sandbox, SandboxProcess } from "../sandbox/driver.ts";

/** Server-side screens. A slow viewer never stalls a session (invariant 8). */
export interface Terminals {
  /** A read-only screen fed by a command of the agent; output is appended through `write`. */
  openCommand(input: { readonly taskId: TaskId; readonly title: string }): CommandTerminal;
  /** The operator's own shell in a sandbox, with a pseudo-terminal. The caller has audited it. */
  openShell(input: {
    readonly taskId: TaskId;
    readonly sandbox: Sandbox;
    readonly cwd: string;
    readonly columns: number;
    readonly rows: number;
  }): Promise<TerminalSummary>;
  /** An agent's own terminal interface, with a pseudo-terminal that a person types into. The caller has audited it. */
  openInterface(input: NewInterface, signal: AbortSignal): Promise<InterfaceTerminal>;
  /** Ends the agent's own interface of a task. False where none runs. */
  endInterface(taskId: TaskId): Promise<boolean>;
  list(taskId: TaskId): readonly TerminalSummary[];
  attach(id: TerminalId, signal: AbortSignal | undefined): AsyncGenerator<TerminalFrame, void, void>;
  acknowledge(viewerId: ViewerId, bytes: number): void;
  input(id: TerminalId, data: string): Promise<void>;
  resize(id: TerminalId, columns: number, rows: number): Promise<void>;
  /** Ends an operator's shell, or closes the screen of a command that has ended. */
  closeTerminal(id: TerminalId): Promise<void>;
  /** Ends all of a task's terminals; their last screens stay readable until the app closes. */
  endTask(taskId: TaskId): Promise<void>;
  /** Drops the screens of a task that has been removed. */
  forgetTask(taskId: TaskId): void;
  readonly changed: Emitter<{ readonly taskId: TaskId }>;
  close(): Promise<void>;
}

export interface NewInterface {
  readonly taskId: TaskId;
  readonly title: string;
  readonly sandbox: Sandbox;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface InterfaceTerminal {
  readonly id: TerminalId;
  /** Settles once its process has ended and its last screen is kept. Never rejects. */
  readonly ended: Promise<ExitStatus>;
  end(): Promise<void>;
}

/** How a program ended. */
export interface ToldExit extends ExitStatus {
  readonly hasFailed: boolean;
}

export interface CommandTerminal {
  readonly id: TerminalId;
  /** Resolves when the screen has taken the bytes: await it and the writer is slowed, not memory filled. */
  write(bytes: Uint8Array): Promise<void>;
  /** Feeds from a process until it ends; `tail` is the last `tailBytes` of text, whole characters only. */
  feed(
    process: SandboxProcess,
    tailBytes: number,
  ): Promise<{ readonly exit: ExitStatus; readonly tail: string; readonly truncated: boolean }>;
  /** As its agent tells it, who may call a command failed without a code. */
  exited(exit: ToldExit): void;
}
