import { buffer } from "node:stream/consumers";
import type { AgentCheck, CheckPoint, CheckPointName } from "#shared/contract/agent.ts";
import type { AgentCheckSetUp } from "#shared/contract/agent-profile.ts";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { RuntimeFiles } from "../../runtime-files.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import { namesCalls, type AgentProfile } from "../agent-profile.ts";
import type { AgentSession, TurnEnd } from "../agent-session.ts";
import { lastWords, oneLine } from "../hostile-text.ts";
import { scripted, type Step } from "../scripted-model/script.ts";
import { startAgentSession } from "../start-agent-session.ts";
import { CheckHost, type SeenByCheck } from "./check-host.ts";
import { modelEnvironment, startModel } from "./model-in-sandbox.ts";

export interface AgentCheckParts {
  readonly profile: AgentProfile;
  /** Made for this check alone, without network; it is removed afterwards. */
  readonly sandbox: Sandbox;
  readonly files: RuntimeFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A line of progress. */
  readonly tell: (line: string) => void;
}

export type CheckFindings = Pick<AgentCheck, "result" | "silentKinds" | "points">;

/** How long one turn may take, milliseconds. */
const turnMs = 60_000;
/** A command that lasts for ever. Claude Code refuses a long `sleep` by itself, and Gemini CLI asks about no `tail`. */
const longCommand = "node -e 'setInterval(String, 9000)'";
const longProcess = "node -e setInterval(String";
const shellFile = "check-shell.txt";
const writeFile = "check-write.txt";

/**
 * Starts the agent and tries its gate: first with every call refused, so that whatever changes then was done unasked; then with
 * every call allowed; last with a cancel in the middle of a command. Never throws for what the agent does wrong: that is
 * what it finds out. Throws as the sandbox does.
 */
export async function checkAgent(parts: AgentCheckParts, signal: AbortSignal): Promise<CheckFindings> {
  const check = new Check(parts);
  await check.run(signal);
  return check.findings();
}

class Check {
  readonly #parts: AgentCheckParts;
  readonly #setUp: AgentCheckSetUp;
  readonly #worktree: string;
  readonly #host: CheckHost;
  readonly #points = new Map<CheckPointName, CheckPoint>();
  /** What it did while everything was refused. */
  #didAnyway = "";
  #wentWrong: unknown = null;

  constructor(parts: AgentCheckParts) {
    this.#parts = parts;
    this.#setUp = parts.profile.check ?? { dialect: "none", environment: {} };
    this.#worktree = `${parts.sandbox.workspace}/check`;
    this.#host = new CheckHost(this.#worktree);
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#makeRepository(signal);
    if (this.#setUp.dialect !== "none") await startModel(this.#parts.sandbox, this.#parts.files.scriptedModel, signal);
    this.#parts.tell("Starting the agent");
    const session = await this.#start(signal);
    if (session === null) return;
    try {
      await this.#tryRefused(session, signal);
      await this.#tryAllowed(session, signal);
      await this.#tryCancel(session, signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#wentWrong = error;
    } finally {
      await session.end();
    }
    this.#judge();
  }

  findings(): CheckFindings {
    const names = ["start", "mode", "shell", "write", "read", "refusal", "cancel", "unasked"] as const;
    const points = names.map((name) => this.#points.get(name) ?? { name, outcome: "not-tried" as const, detail: "Not reached." });
    const outcome = (name: CheckPointName) => points.find((point) => point.name === name)?.outcome ?? "not-tried";
    const silentKinds = this.#silentKinds();
    const isBroken = (["start", "mode", "shell", "write", "refusal", "unasked"] as const).some((name) => outcome(name) === "failed");
    const isProved = outcome("shell") === "passed" || outcome("write") === "passed";
    if (isBroken || !isProved) return { result: "not-gated", silentKinds: [], points };
    const namesReads = this.#parts.profile.silentReads.some(namesCalls);
    const isWhole = points.every((point) => point.outcome === "passed") && silentKinds.length === 0 && !namesReads;
    return { result: isWhole ? "gated" : "partial", silentKinds, points };
  }

  async #start(signal: AbortSignal): Promise<AgentSession | null> {
    const { profile, sandbox, files, clock, logger } = this.#parts;
    const begun = clock.monotonic();
    const stand = Object.fromEntries(profile.provider.credentials.map(({ variable, placeholder }) => [variable, placeholder]));
    const secrets = Object.entries(profile.environment).filter(([, value]) => value.includes("{{secret:"));
    const blanks = Object.fromEntries(
      secrets.map(([name, value]) => [name, value.replaceAll(/\{\{secret:[^}]*\}\}/gu, "placeholder-not-a-key")]),
    );
    const environment = { ...blanks, ...stand, ...modelEnvironment(this.#setUp) };
    const where = { profile, sandbox, worktree: this.#worktree, taskId: "check", files, clock, logger };
    try {
      const session = await startAgentSession({ ...where, host: this.#host, environment }, signal);
      const ms = Math.round(clock.monotonic() - begun);
      this.#put("start", "passed", `It answered initialize and session/new in ${ms} ms.`);
      return session;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof UserError && error.code === "NOT_GATED") {
        this.#put("start", "passed", "It answered initialize and session/new.");
        this.#put("mode", "failed", error.message);
      } else this.#put("start", "failed", wordsOf(error));
      return null;
    }
  }

  /** Everything is refused, one kind of call a turn: an agent may end its turn at the first refusal. */
  async #tryRefused(session: AgentSession, signal: AbortSignal): Promise<void> {
    this.#parts.tell("Asking it for a command and an edit, and refusing both");
    this.#host.decision = "refused";
    await this.#turn(session, [{ run: `echo one > ${shellFile}` }], signal);
    await this.#turn(session, [{ write: `${this.#worktree}/${writeFile}`, content: "one\n" }], signal);
    this.#didAnyway = (await this.#run("git status --porcelain --ignored", signal)).trim();
  }

  async #tryAllowed(session: AgentSession, signal: AbortSignal): Promise<void> {
    this.#parts.tell("Asking it for a command, a read and an edit, and allowing them");
    this.#host.decision = "allowed";
    const steps: Step[] = [
      { run: `echo two > ${shellFile}` },
      { read: `${this.#worktree}/a.txt` },
      { write: `${this.#worktree}/${writeFile}`, content: "two\n" },
      { say: "done" },
    ];
    await this.#turn(session, steps, signal);
  }

  async #tryCancel(session: AgentSession, signal: AbortSignal): Promise<void> {
    this.#parts.tell("Cancelling it in the middle of a command");
    const { clock } = this.#parts;
    const stop = new AbortController();
    const cancel: { at: number | null; isTooLate: boolean } = { at: null, isTooLate: false };
    this.#host.onAsked(({ kind }) => {
      if (kind !== "shell") return;
      clock.after(500, () => {
        if (cancel.isTooLate) return;
        cancel.at = clock.monotonic();
        stop.abort();
      });
    });
    const end = await this.#turn(session, [{ run: longCommand }, { say: "done" }], AbortSignal.any([signal, stop.signal]), turnMs / 3);
    cancel.isTooLate = true;
    const cancelledAt = cancel.at;
    signal.throwIfAborted();
    if (cancelledAt === null) return this.#put("cancel", "not-tried", "It began no command that could be cancelled.");
    const ms = Math.round(clock.monotonic() - cancelledAt);
    if (end?.kind !== "cancelled") return this.#put("cancel", "failed", `After a cancel its turn ended as "${end?.kind ?? "nothing"}".`);
    const running = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f 2>/dev/null; echo; done";
    const left = (await this.#run(running, signal)).split("\n").filter((line) => line.startsWith(longProcess)).length;
    const rest = left > 0 ? " Its command went on running; Gatehouse ends it with the run." : "";
    if (ms >= 4_900) return this.#put("cancel", "failed", `It did not end its turn within ${ms} ms.${rest}`);
    this.#put("cancel", "passed", `Its turn ended ${ms} ms after the cancel.${rest}`);
  }

  /** Null where the time was over first. An agent that fails ends the check with what is known by then. */
  async #turn(session: AgentSession, steps: readonly Step[], signal: AbortSignal, limitMs = turnMs): Promise<TurnEnd | null> {
    const tooLong = new AbortController();
    using _limit = this.#parts.clock.after(limitMs, () => tooLong.abort());
    const end = await session.prompt(this.#prompt(steps), AbortSignal.any([signal, tooLong.signal]));
    return tooLong.signal.aborted ? null : end;
  }

  /** For the scripted model, and for the practice agent, which follows steps by itself; in words for any other. */
  #prompt(steps: readonly Step[]): string {
    const words =
      "This tries your permissions in an empty repository. Run the command, read the file and write the file that is named below.";
    return `${scripted(words, steps)}\n\`\`\`steps\n${JSON.stringify(steps)}\n\`\`\`\n`;
  }

  #judge(): void {
    const { asked, said } = this.#host;
    this.#judgeMode();
    const silent = [...this.#host.unaskedCalls.filter(isRead), ...this.#host.namedReads];
    for (const kind of ["shell", "write", "read"] as const) {
      const found = asked.filter((call) => call.kind === kind || (kind === "read" && isReadByCommand(call)));
      const unasked = this.#host.unaskedCalls.filter((call) => call.kind === kind);
      const [first] = unasked;
      if (kind !== "read" && first !== undefined) this.#put(kind, "failed", `It did not ask for: ${oneLine(first.title, 200)}`);
      else if (found[0] !== undefined) this.#put(kind, "passed", `It asked for: ${oneLine(found[0].title, 200)}`);
      else if (silent.some((call) => call.kind === kind))
        this.#put(kind, "not-tried", `It reads without asking: ${oneLine(first?.title ?? "", 200)}`);
      else this.#put(kind, "not-tried", this.#why(said));
    }
    const others = this.#host.unaskedCalls.filter((call) => !isRead(call));
    if (this.#didAnyway !== "") {
      this.#put("refusal", "failed", `While everything was refused, this changed all the same:\n${lastWords(this.#didAnyway, 1_000)}`);
    } else if (asked.length > 0) this.#put("refusal", "passed", "What was refused did not happen.");
    else this.#put("refusal", "not-tried", "It asked for nothing that could be refused.");
    if (others.length > 0) {
      const list = others.slice(0, 5).map(({ title }) => oneLine(title, 200));
      this.#put("unasked", "failed", `${others.length} ran unasked: ${list.join("; ")}`);
    } else if (this.#didAnyway !== "") this.#put("unasked", "failed", "It changed files without a call that could be seen.");
    else if (silent.length > 0) this.#put("unasked", "passed", `Nothing but reads: ${silent.length} of them without asking.`);
    else if (asked.length > 0) this.#put("unasked", "passed", "Every call that was seen was asked for.");
    else this.#put("unasked", "not-tried", "No call was seen.");
  }

  #judgeMode(): void {
    const drift = this.#wentWrong;
    if (drift instanceof UserError && drift.code === "NOT_GATED") return this.#put("mode", "failed", drift.message);
    if (drift !== null) this.#put("start", "failed", `It failed on the way: ${wordsOf(drift)}`);
    const { mode } = this.#parts.profile;
    this.#put(
      "mode",
      "passed",
      mode === null ? "It stayed in the mode that it starts in." : `It stayed in the mode "${oneLine(mode, 60)}".`,
    );
  }

  #why(said: string): string {
    if (this.#setUp.dialect === "none")
      return "Its model cannot be scripted here: this is a check of the protocol alone. The agent was not seen to make such a call.";
    return `It made no such call.${said === "" ? "" : ` It said: ${oneLine(said, 300)}`}`;
  }

  #silentKinds(): AgentCheck["silentKinds"] {
    const kinds = new Set(this.#host.unaskedCalls.map(({ kind }) => kind));
    return (["read", "search"] as const).filter((kind) => kinds.has(kind));
  }

  #put(name: CheckPointName, outcome: CheckPoint["outcome"], detail: string): void {
    if (this.#points.get(name)?.outcome === "failed") return;
    this.#points.set(name, { name, outcome, detail: detail.slice(0, 2_000) });
  }

  async #makeRepository(signal: AbortSignal): Promise<void> {
    const { sandbox } = this.#parts;
    const script = `mkdir -p "$1" && cd "$1" && git init -q -b main . && printf 'one\\ntwo\\n' > a.txt && git add a.txt && git -c user.name=Gatehouse -c user.email=check@gatehouse.invalid commit -qm check`;
    const made = await sandbox.exec({ argv: ["sh", "-c", script, "sh", this.#worktree], cwd: sandbox.home }, signal);
    const [, errors, exit] = await Promise.all([buffer(made.stdout), buffer(made.stderr), made.exited]);
    if (exit.code === 0) return;
    throw new UserError(
      "SANDBOX_FAILED",
      `The sandbox could not be set up for the check: ${lastWords(errors.toString("utf8"), 300)}`,
      "Check that its image has git.",
    );
  }

  async #run(script: string, signal: AbortSignal): Promise<string> {
    const process = await this.#parts.sandbox.exec({ argv: ["sh", "-c", script], cwd: this.#worktree }, signal);
    process.stderr.resume();
    const [out] = await Promise.all([buffer(process.stdout), process.exited]);
    return out.subarray(0, 65_536).toString("utf8");
  }
}

/** An agent without a tool for reading reads by commands. */
function isReadByCommand({ kind, title }: SeenByCheck): boolean {
  return kind === "shell" && /\bcat\b.*a\.txt/u.test(title);
}

function isRead({ kind }: SeenByCheck): boolean {
  return kind === "read" || kind === "search";
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
