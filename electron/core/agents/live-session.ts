import { client, type ClientConnection, RequestError } from "@agentclientprotocol/sdk";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { UserError } from "../kernel/errors.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { acpStream } from "./acp-stream.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentHost, AgentSession, Prompt, TurnEnd } from "./agent-session.ts";
import { CallLedger, TooManyCalls } from "./call-ledger.ts";
import { CallWatch } from "./call-watch.ts";
import { ClientFiles } from "./client-files.ts";
import { ClientTerminals } from "./client-terminals.ts";
import { ElicitationAsked, elicitationAnswer, formOf } from "./elicitation.ts";
import { hookCall } from "./gate-post/hook-call.ts";
import type { GatePost } from "./gate-post/gate-post.ts";
import { Gate } from "./gate.ts";
import { handshake, type McpServer } from "./handshake.ts";
import { endLeftovers } from "./leftovers.ts";
import { onAbort, OpenTurn } from "./open-turn.ts";
import { PermissionAsked } from "./permission-answer.ts";
import { SandboxFiles } from "./sandbox-files.ts";
import { promptBlocks } from "./prompt-blocks.ts";
import { SessionErrors, turnEnd } from "./session-errors.ts";
import type { SessionLimits } from "./session-limits.ts";
import { SessionNews } from "./session-news.ts";
import { ConfigOption, parseUpdate } from "./session-update.ts";

export interface LiveSessionParts {
  readonly profile: AgentProfile;
  readonly sandbox: Sandbox;
  readonly worktree: string;
  readonly mcpServers: readonly McpServer[];
  /** Id of an earlier session to take up; null for a new one. */
  readonly resume: string | null;
  readonly process: AgentProcess;
  /** Marks the agent's processes, see {@link endLeftovers}. */
  readonly mark: string;
  /** What its hooks ask through; null where it has none. Ends with the session. */
  readonly post: GatePost | null;
  readonly host: AgentHost;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: SessionLimits;
}

const ChangedOptions = z.object({ configOptions: z.array(ConfigOption) });

/** The ACP client of one agent process. The first thing that goes wrong ends it, and is what it is remembered for. */
export class LiveSession implements AgentSession {
  readonly #parts: LiveSessionParts;
  readonly #errors: SessionErrors;
  readonly #connection: ClientConnection;
  readonly #gate: Gate;
  readonly #watch: CallWatch;
  readonly #terminals: ClientTerminals;
  readonly #news: SessionNews;
  readonly #failed: Promise<never>;
  #reject: (error: unknown) => void = () => {};
  #failure: unknown = null;
  #garbage: string | null = null;
  #isReady = false;
  #sessionId: string | null = null;
  #models: ConfigOption | null = null;
  #isResumed = false;
  #takesImages = false;
  #turn: OpenTurn | null = null;
  #cancelSent: Promise<void> = Promise.resolve();
  #ending: Promise<void> | null = null;

  constructor(parts: LiveSessionParts) {
    this.#parts = parts;
    this.#errors = new SessionErrors(parts.profile.name, parts.process);
    const { profile, host, sandbox, worktree, mcpServers, clock, limits } = parts;
    this.#failed = new Promise<never>((_, reject) => (this.#reject = reject));
    this.#failed.catch(() => {});
    const { commandIn, ownTools, mcpIn } = profile.gate;
    const place = { worktree, commandIn, ownTools, mcp: { naming: mcpIn, servers: mcpServers } };
    const ledger = new CallLedger(limits.calls);
    const files = new SandboxFiles(sandbox, clock, limits.fileBytes);
    const gate = new Gate(host, (error) => this.#fail(error));
    this.#gate = gate;
    this.#watch = new CallWatch({ profile, host, gate, ledger, files, place, clock, unaskedGraceMs: limits.unaskedGraceMs });
    const clientFiles = new ClientFiles({ files, gate, ledger, host, worktree });
    this.#terminals = new ClientTerminals({
      sandbox,
      gate,
      ledger,
      host,
      clock,
      place,
      maximumOpen: limits.openTerminals,
      killMs: limits.killMs,
    });
    const drifted = (words: string) => this.#fail(this.#errors.drifted(words));
    this.#news = new SessionNews({ host, watch: this.#watch, clock, limits, gate: profile.gate, drifted });
    const stream = acpStream(parts.process.pipes, limits, {
      update: (params) => this.#received(params),
      garbage: (line, bytes) => this.#noteGarbage(line, bytes),
      broken: (problem) => this.#fail(this.#errors.protocol(problem)),
    });
    this.#connection = client({ name: "gatehouse" })
      .onRequest("session/request_permission", PermissionAsked, ({ params, signal }) => this.#permission(params, signal))
      .onRequest("elicitation/create", ElicitationAsked, ({ params, signal }) => this.#question(params, signal))
      .onRequest("fs/read_text_file", ({ params, signal }) => this.#guarded(params.sessionId, () => clientFiles.read(params, signal)))
      .onRequest("fs/write_text_file", ({ params, signal }) => this.#guarded(params.sessionId, () => clientFiles.write(params, signal)))
      .onRequest("terminal/create", ({ params, signal }) => this.#guarded(params.sessionId, () => this.#terminals.create(params, signal)))
      .onRequest("terminal/output", ({ params }) => this.#terminals.output(params.terminalId))
      .onRequest("terminal/wait_for_exit", ({ params }) => this.#terminals.waitForExit(params.terminalId))
      .onRequest("terminal/kill", ({ params }) => this.#terminals.kill(params.terminalId))
      .onRequest("terminal/release", ({ params }) => this.#terminals.release(params.terminalId))
      .connect(stream);
    void parts.process.exited.then(() => this.#exited());
    void this.#connection.closed.then(() => clock.after(1_000, () => this.#fail(this.#errors.protocol("it closed its output"))));
  }

  /** What to take the session up by after a restart; null where this agent cannot. */
  get sessionId(): string | null {
    return this.#parts.profile.resume === null ? null : this.#sessionId;
  }

  get isResumed(): boolean {
    return this.#isResumed;
  }

  get takesImages(): boolean {
    return this.#takesImages;
  }

  /** Initializes the agent, opens its session and pins its mode. */
  async start(signal: AbortSignal): Promise<void> {
    const { profile, worktree, mcpServers, resume, clock, limits } = this.#parts;
    using _abort = onAbort(signal, () =>
      this.#fail(new UserError("CANCELLED", "Starting the agent was cancelled.", "Start the task again.")),
    );
    const silent = clock.after(2 * limits.handshakeMs, () => this.#fail(this.#errors.silent(this.#garbage)));
    try {
      const greeted = handshake({
        agent: this.#connection.agent,
        profile,
        worktree,
        mcpServers,
        resume,
        replaying: (isReplaying) => (this.#news.isReplaying = isReplaying),
        pin: this.#news.pin,
        limitMs: limits.handshakeMs,
        clock,
        onSilence: () => this.#fail(this.#errors.silent(this.#garbage)),
      });
      const opened = await Promise.race([this.#orFailure(greeted), this.#failed]);
      this.#sessionId = opened.sessionId;
      this.#isResumed = opened.isResumed;
      this.#takesImages = opened.takesImages;
      this.#models = opened.models;
      this.#news.offers(opened.models === null ? opened.options : [opened.models], opened.takesImages);
      this.#isReady = true;
    } finally {
      silent[Symbol.dispose]();
    }
  }

  async prompt(prompt: string | Prompt, signal: AbortSignal): Promise<TurnEnd> {
    const sessionId = this.#sessionId;
    if (this.#failure !== null) throw this.#failure;
    if (sessionId === null || this.#turn !== null) throw new Error("A turn needs a started session without another turn.");
    if (signal.aborted) return { kind: "cancelled" };
    this.#news.beginTurn();
    this.#gate.beginTurn();
    const turn = this.#openTurn(sessionId);
    const beganAt = this.#parts.clock.monotonic();
    using _abort = onAbort(signal, () => turn.cancel());
    this.#parts.host.activity("Thinking");
    let end: TurnEnd | null = null;
    try {
      const answered = this.#connection.agent.request("session/prompt", { sessionId, prompt: promptBlocks(prompt) });
      end = await Promise.race([this.#orFailure(answered.then((response) => this.#ended(response))), turn.cancelled, this.#failed]);
      return end;
    } finally {
      this.#gate.endTurn();
      this.#turn = null;
      this.#news.flush();
      this.#watch.endTurn(end?.kind === "end-of-turn" ? "completed" : "failed");
      if (turn.isCancelled && this.#ending === null) await this.#endLeftovers(beganAt);
    }
  }

  /** A turn that was cut off is over for what it started, too: some agents leave their commands running. */
  async #endLeftovers(beganAt: number): Promise<void> {
    const { sandbox, mark, mcpServers, clock, host, logger, profile, limits } = this.#parts;
    const tooLong = new AbortController();
    using _limit = clock.after(limits.leftoversMs, () => tooLong.abort());
    const servers = mcpServers.flatMap(({ command, args, starts }) => [[command, ...args], ...(starts === undefined ? [] : [starts])]);
    try {
      const told = await endLeftovers({ sandbox, mark, servers, sinceMs: () => clock.monotonic() - beganAt }, tooLong.signal);
      if (told !== null) host.notice(told);
    } catch (error) {
      if (this.#ending !== null) return;
      logger.warn({ err: error, agent: profile.id }, "what a cancelled turn left running could not be looked for");
      host.notice("What the cancelled turn may have left running could not be looked for; the task's shell can.");
    }
  }

  async setOption(id: string, value: string): Promise<void> {
    const option = this.#news.offered.options.find((one) => one.id === id);
    if (this.#sessionId === null || option === undefined || !option.choices.some((choice) => choice.value === value)) {
      throw new UserError("CONFLICT", `${this.#parts.profile.name} does not offer that now.`, "Choose again from what it offers.");
    }
    if (this.#models !== null) return await this.#setModel(this.#sessionId, this.#models, value);
    const asked = this.#connection.agent.request("session/set_config_option", { sessionId: this.#sessionId, configId: id, value });
    const answer = ChangedOptions.safeParse(await this.#orFailure(asked));
    if (answer.success) this.#news.tookOptions(answer.data.configOptions);
  }

  async #setModel(sessionId: string, models: ConfigOption, modelId: string): Promise<void> {
    await this.#orFailure(this.#connection.agent.request("session/set_model", { sessionId, modelId }));
    this.#models = { ...models, currentValue: modelId };
    this.#news.offers([this.#models], this.#takesImages);
  }

  /** A hook in the sandbox asks before a call. Never throws; anything but true is no. */
  async hookAsked(input: unknown, signal: AbortSignal): Promise<boolean> {
    const { hook } = this.#parts.profile.gate;
    const news = hook === null ? null : hookCall(hook, input);
    if (news === null) return false;
    try {
      const decision = await this.#watch.hooked(news, signal);
      if (decision === "stop") this.#turn?.cancel();
      return decision === "allowed";
    } catch (error) {
      this.#fail(error instanceof TooManyCalls ? this.#errors.protocol(error.message) : error);
      return false;
    }
  }

  /** The agent's hooks can ask nobody any more. */
  gateBroken(): void {
    this.#fail(this.#errors.ungated());
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#turn?.cancel();
    this.#gate.endTurn();
    this.#failure ??= new UserError("CANCELLED", "The agent's session has ended.", "Start the task again.");
    this.#reject(this.#failure);
    await Promise.all([this.#terminals.killAll(), this.#within(100, this.#cancelSent)]);
    this.#connection.close();
    await this.#parts.process.end();
    await this.#parts.post?.end();
  }

  /** Waits for a promise that never rejects, but no longer than the limit. */
  async #within(limitMs: number, work: Promise<void>): Promise<void> {
    const limit = new AbortController();
    using _timer = this.#parts.clock.after(limitMs, () => limit.abort());
    await Promise.race([work, new Promise<void>((resolve) => limit.signal.addEventListener("abort", () => resolve()))]);
  }

  #openTurn(sessionId: string): OpenTurn {
    const { clock, limits } = this.#parts;
    const turn = new OpenTurn(clock, limits.cancelMs, () => {
      this.#gate.endTurn();
      this.#cancelSent = this.#connection.agent.notify("session/cancel", { sessionId }).catch(() => {});
      void this.#terminals.killAll();
    });
    this.#turn = turn;
    return turn;
  }

  /** An agent that ends when its turn is cancelled has done as it was told. */
  #exited(): void {
    if (this.#turn?.isCancelled === true) this.#turn.settle();
    this.#fail(this.#errors.exited(this.#isReady, this.#garbage));
  }

  async #permission(asked: PermissionAsked, signal: AbortSignal) {
    return await this.#guarded(asked.sessionId, async () => {
      this.#news.flushWords();
      const answer = await this.#watch.asked(asked, signal);
      if (answer.decision === "stop") this.#turn?.cancel();
      return answer.response;
    });
  }

  /** A form that cannot be shown whole is declined unread; outside a turn nobody is asked. */
  async #question(asked: ElicitationAsked, signal: AbortSignal) {
    return await this.#guarded(asked.sessionId, async () => {
      this.#news.flushWords();
      if (typeof asked.toolCallId === "string") this.#watch.questioned(asked.toolCallId);
      const { host, profile } = this.#parts;
      const form = asked.mode === "form" ? formOf(asked) : null;
      if (form === null) {
        host.notice(`A question of ${profile.name} was declined unread: it is too large, or of a kind that cannot be shown.`);
        return elicitationAnswer({ action: "decline" });
      }
      return elicitationAnswer(await host.question(form, AbortSignal.any([signal, this.#gate.turnSignal])));
    });
  }

  /** Requests of another session are refused; a decision to stop ends the turn; a broken bound ends the session. */
  async #guarded<T>(sessionId: string, answer: () => Promise<T>): Promise<T> {
    if (sessionId !== this.#sessionId) throw RequestError.sessionNotFound(sessionId);
    try {
      return await answer();
    } catch (error) {
      if (error instanceof RequestError) throw error;
      if (error instanceof TooManyCalls) this.#fail(this.#errors.protocol(error.message));
      else this.#parts.logger.warn({ err: error, agent: this.#parts.profile.id }, "a request of the agent failed");
      throw RequestError.internalError();
    }
  }

  #received(params: unknown): void {
    const { sessionId, update } = parseUpdate(params);
    if (update === null || (this.#sessionId !== null && sessionId !== this.#sessionId)) return;
    try {
      this.#news.take(update);
    } catch (error) {
      this.#fail(this.#errors.protocol(error instanceof Error ? error.message : String(error)));
    }
  }

  #ended(response: unknown): TurnEnd {
    this.#news.flushWords();
    const end = turnEnd(response, this.#news.lastMessage);
    if (end === null) throw this.#errors.protocol("it ended its turn for no reason that ACP knows");
    return end;
  }

  /** An answer that is an error fails a session that is not there yet; a connection that closed leaves it to whoever knows why. */
  async #orFailure<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof UserError) this.#fail(error);
      else if (error instanceof RequestError) {
        // What it could not do once it is there is not its end: whoever asked says what becomes of it.
        if (this.#isReady && this.#failure === null) throw this.#errors.answered(error);
        this.#fail(this.#errors.answered(error));
      }
      return await this.#failed;
    }
  }

  #fail(error: unknown): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#gate.endTurn();
    this.#reject(error);
    void this.end();
  }

  #noteGarbage(line: string, bytes: number): void {
    const { clock, limits, logger, profile } = this.#parts;
    logger.debug({ agent: profile.id, bytes }, "the agent printed a line that is not ACP");
    this.#garbage ??= line;
    if (bytes > limits.garbageBytes) this.#fail(this.#errors.garbage(this.#garbage ?? ""));
    else if (!this.#isReady) {
      clock.after(limits.garbageGraceMs, () => {
        if (!this.#isReady) this.#fail(this.#errors.garbage(this.#garbage ?? ""));
      });
    }
  }
}
