import { UserError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ExitStatus, Sandbox } from "../sandbox/driver.ts";
import type { InterfaceTerminal, NewInterface } from "../terminal/terminals.ts";
import type { AgentSession, Prompt, TurnEnd } from "./agent-session.ts";
import type { GatePost } from "./gate-post/gate-post.ts";
import { onAbort } from "./open-turn.ts";
import type { TerminalGate } from "./terminal-gate.ts";

/** Opens the agent's own interface on a screen of its task. */
export type OpenInterface = (input: Omit<NewInterface, "taskId">, signal: AbortSignal) => Promise<InterfaceTerminal>;

/** A program that ends this soon with a failure never showed an interface, milliseconds. */
const startedBadlyMs = 3_000;

export interface TerminalAgentParts {
  readonly name: string;
  readonly sandbox: Sandbox;
  readonly worktree: string;
  readonly open: OpenInterface;
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string>>;
  /** The command of one turn; `prompt` is what the agent is told first. */
  readonly command: (prompt: string) => readonly string[];
  /** What its hooks ask, and through what; null where it has none. */
  readonly gated: { readonly gate: TerminalGate; readonly post: GatePost } | null;
}

/**
 * An agent in its own terminal interface: a turn is one life of its program, from the prompt until
 * the program ends or the person finishes it. Where it has no gate, what it does there is not seen call by call.
 */
export class TerminalAgent implements AgentSession {
  readonly #parts: TerminalAgentParts;
  #terminal: InterfaceTerminal | null = null;
  #hasEnded = false;

  constructor(parts: TerminalAgentParts) {
    this.#parts = parts;
  }

  /** Pictures stay behind: a command line takes words alone, and no attachment is offered for an agent in its terminal. */
  async prompt(prompt: string | Prompt, signal: AbortSignal): Promise<TurnEnd> {
    const { name, sandbox, worktree, open, clock, environment, command } = this.#parts;
    signal.throwIfAborted();
    const startedAt = clock.monotonic();
    const input = { title: name, sandbox, argv: command(typeof prompt === "string" ? prompt : prompt.text), cwd: worktree, environment };
    const exit = await this.#live(async () => await open(input, signal));
    signal.throwIfAborted();
    const lasted = clock.monotonic() - startedAt;
    if (exit.code !== null && exit.code !== 0 && lasted < startedBadlyMs) {
      throw new UserError(
        "AGENT_FAILED",
        exit.code === 127 ? `${name} is not in the sandbox.` : `${name} ended at once with exit code ${exit.code}.`,
        "Its last screen is under Terminals. Look at the agent's settings, then start the task again.",
      );
    }
    return { kind: "end-of-turn" };
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.#terminal?.end();
    await this.#parts.gated?.post.end();
  }

  /** One life of the program. A decision that stops the run ends it at once; so does a gate that can ask nobody any more, which is thrown. */
  async #live(open: () => Promise<InterfaceTerminal>): Promise<ExitStatus> {
    const gate = this.#parts.gated?.gate;
    gate?.beginTurn();
    try {
      const terminal = await open();
      this.#terminal = terminal;
      if (this.#hasEnded) await terminal.end();
      using _end = gate === undefined ? null : onAbort(gate.ending, () => void terminal.end());
      const exit = await terminal.ended;
      if (gate !== undefined && gate.failure !== null) throw gate.failure;
      return exit;
    } finally {
      gate?.endTurn();
    }
  }
}
