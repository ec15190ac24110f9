import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { ExitStatus, Sandbox, SandboxProcess } from "../sandbox/driver.ts";
import type { AgentProfile } from "./agent-profile.ts";
import { lastWords } from "./hostile-text.ts";
import { OutputTail } from "./output-tail.ts";
import { fillPlaces, type Places } from "./places.ts";
import type { SessionLimits } from "./session-limits.ts";

const logRemedy = "Its last words are above. Start the task again; if it fails the same way, look at the agent's settings.";

/** The agent's process: its pipes, its last words on standard error, and its end. */
export class AgentProcess {
  readonly #process: SandboxProcess;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #killMs: number;
  readonly #stderr: OutputTail;
  #exit: ExitStatus | null = null;
  #ending: Promise<void> | null = null;

  private constructor(process: SandboxProcess, name: string, clock: Clock, limits: Pick<SessionLimits, "killMs" | "stderrBytes">) {
    this.#process = process;
    this.#name = name;
    this.#clock = clock;
    this.#killMs = limits.killMs;
    this.#stderr = new OutputTail(limits.stderrBytes);
    process.stderr.on("data", (chunk: unknown) => {
      if (chunk instanceof Uint8Array) this.#stderr.push(chunk);
    });
    process.stderr.on("error", () => {});
    process.stdin.on("error", () => {});
    void process.exited.then((exit) => (this.#exit = exit));
  }

  static async start(
    parts: {
      readonly profile: AgentProfile;
      readonly sandbox: Sandbox;
      readonly worktree: string;
      readonly places: Places;
      /** Comes last: the model's address and its placeholders. */
      readonly environment: Readonly<Record<string, string>>;
      readonly clock: Clock;
      readonly limits: Pick<SessionLimits, "killMs" | "stderrBytes">;
    },
    signal: AbortSignal,
  ): Promise<AgentProcess> {
    const { profile, sandbox } = parts;
    const fill = (text: string) => fillPlaces(text, parts.places);
    const own = Object.fromEntries(Object.entries(profile.environment).map(([name, value]) => [name, fill(value)]));
    const environment = { ...own, ...parts.environment };
    try {
      const process = await sandbox.exec({ argv: profile.command.map(fill), cwd: parts.worktree, environment }, signal);
      return new AgentProcess(process, profile.name, parts.clock, parts.limits);
    } catch (error) {
      if (error instanceof UserError) throw error;
      const why = error instanceof Error ? lastWords(error.message, 300) : String(error);
      throw new UserError("AGENT_FAILED", `${profile.name} could not be started: ${why}`, "Check the command of its profile.", {
        cause: error,
      });
    }
  }

  get pipes(): Pick<SandboxProcess, "stdin" | "stdout"> {
    return this.#process;
  }

  get exited(): Promise<ExitStatus> {
    return this.#process.exited;
  }

  /** AGENT_FAILED with how it ended, if it has, and its last words. */
  failure(what: string): UserError {
    const words = lastWords(this.#stderr.text(), 2_000).split("\n").slice(-20).join("\n");
    const end = this.#exit === null ? "" : ` It ended ${endOf(this.#exit)}.`;
    const said = words === "" ? " It said nothing on standard error." : ` Its last words:\n${words}`;
    return new UserError("AGENT_FAILED", `${this.#name} ${what}.${end}${said}`, logRemedy);
  }

  /**
   * Closes its input, then SIGTERM to it and all it started, then SIGKILL to what is left of them.
   * Settles when it has ended, at the latest `killMs` after SIGKILL. Safe to repeat.
   */
  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#process.stdin.end();
    if (this.#exit === null) await this.#signal("SIGTERM");
    await this.#endsWithin(this.#killMs);
    await this.#signal("SIGKILL");
    await this.#endsWithin(this.#killMs);
    this.#process.stdin.destroy();
    this.#process.stdout.destroy();
    this.#process.stderr.destroy();
  }

  async #signal(name: "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.#process.kill(name).catch(() => {});
  }

  async #endsWithin(limitMs: number): Promise<boolean> {
    let timer: Disposable | null = null;
    const tooLate = new Promise<boolean>((resolve) => (timer = this.#clock.after(limitMs, () => resolve(false))));
    const ended = this.#process.exited.then(() => true);
    using _timer = timer;
    return await Promise.race([ended, tooLate]);
  }
}

function endOf(exit: ExitStatus): string {
  return exit.signal === null ? `with exit code ${exit.code ?? "unknown"}` : `by ${exit.signal}`;
}
