import { UserError } from "../kernel/errors.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentHost } from "./agent-session.ts";
import { CallLedger } from "./call-ledger.ts";
import { CallWatch } from "./call-watch.ts";
import { type HookDialect, hookCall } from "./gate-post/hook-call.ts";
import { Gate } from "./gate.ts";
import { SandboxFiles } from "./sandbox-files.ts";
import { defaultSessionLimits } from "./session-limits.ts";

export interface TerminalGateParts {
  readonly profile: AgentProfile;
  readonly dialect: HookDialect;
  readonly sandbox: Sandbox;
  readonly worktree: string;
  readonly host: AgentHost;
  readonly clock: Clock;
}

/** Decides what the hooks of an agent ask while a person works with it in its own terminal interface. */
export class TerminalGate {
  readonly #parts: TerminalGateParts;
  readonly #gate: Gate;
  readonly #watch: CallWatch;
  readonly #ending = new AbortController();
  #failure: unknown = null;

  constructor(parts: TerminalGateParts) {
    this.#parts = parts;
    const { profile, sandbox, worktree, host, clock } = parts;
    const limits = defaultSessionLimits;
    this.#gate = new Gate(host, (error) => this.#fail(error));
    const place = { worktree, commandIn: "raw-input" as const, ownTools: profile.gate.ownTools };
    const files = new SandboxFiles(sandbox, clock, limits.fileBytes);
    const ledger = new CallLedger(limits.calls);
    const { unaskedGraceMs } = limits;
    this.#watch = new CallWatch({ profile, host, gate: this.#gate, ledger, files, place, clock, unaskedGraceMs });
  }

  /** Aborted when the interface has to end: the run stops, or nobody could be asked any more. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  /** Why it had to end where that was no decision; null else. */
  get failure(): unknown {
    return this.#failure;
  }

  beginTurn(): void {
    this.#gate.beginTurn();
  }

  endTurn(): void {
    this.#gate.endTurn();
    this.#watch.endTurn("completed");
  }

  /** Never throws; anything but true is no. */
  async hookAsked(input: unknown, signal: AbortSignal): Promise<boolean> {
    const news = hookCall(this.#parts.dialect, input);
    if (news === null) return false;
    try {
      if (news.status !== "pending") {
        this.#watch.seen(news);
        return true;
      }
      const decision = await this.#watch.hooked(news, signal);
      if (decision === "stop") this.#ending.abort();
      return decision === "allowed";
    } catch (error) {
      this.#fail(error);
      return false;
    }
  }

  /** Its hooks can ask nobody any more. */
  broken(): void {
    this.#fail(
      new UserError(
        "NOT_GATED",
        `The post that asks before each call of ${this.#parts.profile.name} has ended. The run was stopped.`,
        "Start the task again. If it happens again, look at what the agent ran last: it may have ended the post.",
      ),
    );
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#gate.endTurn();
    this.#ending.abort();
  }
}
