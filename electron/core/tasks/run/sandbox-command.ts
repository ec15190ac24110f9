import type { TerminalId } from "#shared/contract/ids.ts";
import type { ExitStatus, Sandbox } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";

/** What is judged is what runs: the same string, by a bash that reads no start-up files. */
const shell = ["bash", "--noprofile", "--norc", "-c"] as const;
const tailBytes = 16_384;

export interface CommandOutcome {
  readonly exit: ExitStatus;
  readonly isTimedOut: boolean;
  /** The last of what it wrote, 16 KiB at most. Hostile text. */
  readonly tail: string;
  readonly durationMs: number;
  readonly terminalId: TerminalId;
}

/** Runs one command line of the repository in the worktree, on a screen of the task, for no longer than its limit. */
export async function runInSandbox(
  run: ActiveRun,
  place: { readonly sandbox: Sandbox; readonly worktree: string },
  command: { readonly title: string; readonly line: string; readonly limitMs: number },
  onScreen: (id: TerminalId) => void = () => {},
): Promise<CommandOutcome> {
  const { clock, terminals } = run.services;
  const startedAt = clock.monotonic();
  const late = new AbortController();
  using _limit = clock.after(command.limitMs, () => late.abort());
  const screen = terminals.openCommand({ taskId: run.taskId, title: command.title });
  onScreen(screen.id);
  try {
    const process = await place.sandbox.exec(
      { argv: [...shell, command.line], cwd: place.worktree },
      AbortSignal.any([run.signal, late.signal]),
    );
    process.stdin.on("error", () => undefined);
    process.stdin.end();
    const { exit, tail } = await screen.feed(process, tailBytes);
    run.throwIfStopped();
    const durationMs = Math.round(clock.monotonic() - startedAt);
    return { exit, isTimedOut: late.signal.aborted, tail, durationMs, terminalId: screen.id };
  } catch (error) {
    screen.exited({ code: null, signal: "SIGKILL", hasFailed: true });
    throw error;
  }
}
