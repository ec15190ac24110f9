import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { CheckResult, StopReason } from "#shared/contract/task.ts";
import type { AgentSession, TurnEnd } from "../../agents/agent-session.ts";
import { AnsweredError } from "../../agents/session-errors.ts";
import type { OpenInterface } from "../../agents/terminal-agent.ts";
import { UserError } from "../../kernel/errors.ts";
import type { BudgetStop } from "../../gateway/models/budgets.ts";
import type { ModelAnswer } from "../../gateway/models/provider-problem.ts";
import type { RunGateway } from "../../gateway/egress/run-gateway.ts";
import type { HandedIn } from "../../repositories/hand-over.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import { putIntoSandbox } from "../../secrets/sandbox-grant.ts";
import { withEnvironment } from "../../sandbox/with-environment.ts";
import type { RunRecord, TaskRecord } from "../task-store.ts";
import { ActiveRun } from "./active-run.ts";
import { agentKeys } from "./agent-keys.ts";
import { CallGate } from "./call-gate.ts";
import { WorkChecks } from "./check-work.ts";
import { EgressDesk } from "./egress-desk.ts";
import { type CutOff, cutOffBy, firstPrompt, hasWorked, saidAnew } from "./first-prompt.ts";
import { collectWork, handOverCode } from "./hand-over-code.ts";
import { readyMcpServers } from "./mcp-servers.ts";
import { measureWork } from "./measure-work.ts";
import { deliveredMessages, markDelivered, queuedMessages, textOf } from "./messages.ts";
import { namedEnd, outOfMemory, ranOutOfMemory } from "./out-of-memory.ts";
import { prepareSandbox } from "./prepare-sandbox.ts";
import { promptWith } from "./prompt-images.ts";
import { ProviderTrouble } from "./provider-trouble.ts";
import { restSandbox } from "./rest-sandbox.ts";
import { RunHost } from "./run-host.ts";
import type { RunServices } from "./run-services.ts";
import { RunEnd, type Work } from "./run-end.ts";
import { RunPause } from "./run-pause.ts";
import { RunWatch } from "./run-watch.ts";
import { describeStop, GivenUp } from "./run-stop.ts";
import { setUpRepository, tellMissingSecrets } from "./set-up-repository.ts";
import { takeChoices } from "./take-choices.ts";
import { type GaveUp, turnNotice } from "./turn-words.ts";
import { WallClock } from "./wall-clock.ts";
import { workSoFar } from "./work-so-far.ts";
import { within } from "./within.ts";

/** How long each step of ending a run may take, milliseconds: an engine that no longer answers must not keep its lease. */
const windStepMs = 20_000;
/** Turns that a model did not answer to and that the agent is told again. */
const mostUnanswered = 3;

/** One run of a task, from its lease to review or stop. It holds the task's worktree for as long as it lives. */
export class Run {
  readonly #run: ActiveRun;
  readonly #services: RunServices;
  readonly #earlier: readonly RunRecord[];
  #sandbox: Sandbox | null = null;
  #session: AgentSession | null = null;
  #gate: CallGate | null = null;
  #gateway: RunGateway | null = null;
  #isEnding = false;
  #turn: AbortController | null = null;
  /** Its model was failing when the last turn was cut off. */
  #isCutUnanswered = false;
  #watch: RunWatch | null = null;
  #pause: RunPause | null = null;
  #trouble: ProviderTrouble | null = null;
  readonly #end: RunEnd;

  /** `earlier`: the task's runs before this one, newest first. `onFrozen`: it is frozen, or not any more. The lease is in the database already. */
  constructor(services: RunServices, task: TaskRecord, id: RunId, earlier: readonly RunRecord[], onFrozen: () => void = () => {}) {
    this.#services = services;
    this.#run = new ActiveRun(services, task, id);
    this.#end = new RunEnd(this.#run);
    this.#run.whenFrozen(onFrozen);
    this.#earlier = earlier;
  }

  get id(): RunId {
    return this.#run.id;
  }

  get taskId(): TaskId {
    return this.#run.taskId;
  }

  /** Frozen until a person decides. */
  get isFrozen(): boolean {
    return this.#run.isFrozen;
  }

  /** The sandbox while it runs, for the operator's shell; null before it is made. */
  get sandbox(): Sandbox | null {
    return this.#isEnding ? null : this.#sandbox;
  }

  /** A person gives the agent a value; the card says from then on that the sandbox holds it. */
  async putSecret(grant: { readonly name: string; readonly by: string }, signal: AbortSignal): Promise<string> {
    const run = this.#run;
    if (this.sandbox === null) throw new UserError("CONFLICT", "This task has no running sandbox.", "Start it, then try again.");
    const path = await putIntoSandbox(run.secrets, this.sandbox, grant, AbortSignal.any([signal, run.signal]));
    const { posture } = this.#services.store.get(run.taskId);
    const words = `holds the secret '${grant.name}' (${path})`;
    if (posture !== null && !posture.weaker.includes(words))
      this.#services.board.show(this.#services.store.setPosture(run.taskId, { ...posture, weaker: [...posture.weaker, words] }));
    run.notice(`${grant.by} put the secret '${grant.name}' into the sandbox: the agent has its value, at ${path}.`);
    return path;
  }

  /** Ends the run at whatever stage it is; {@link Run.execute} settles when it has ended. */
  stop(reason: StopReason): void {
    this.#run.stop(reason);
  }

  /** As {@link Run.stop}, for a Gatehouse that is closing. */
  interrupt(): void {
    this.#run.stop({ kind: "interrupted", stage: this.#run.stage });
    this.#end.leave();
  }

  /** How it ended, on its way into the database. */
  get end(): Pick<RunEnd, "refused" | "retry"> {
    return this.#end;
  }

  /** Lives the run to its end. Never rejects: how it ended is in the database. */
  async execute(): Promise<void> {
    const run = this.#run;
    const limitMs = run.task.limits.wallClockMinutes * 60_000;
    using _timeline = this.#services.timelines.hold(run.taskId);
    using wallClock = new WallClock(this.#services.clock, limitMs, () => run.stop({ kind: "time-limit", limitMs }));
    using pause = new RunPause(run.paused(), wallClock);
    this.#pause = pause;
    using watch = new RunWatch(run);
    run.whenSigned(() => watch.heard());
    this.#watch = watch;
    using trouble = new ProviderTrouble(run.troubled(), watch);
    this.#trouble = trouble;
    let work: Work | null = null;
    try {
      work = await this.#stages();
    } catch (error) {
      run.fail(await namedEnd(error, this.#sandbox, run.task.limits));
    }
    this.#isEnding = true;
    this.#services.offers.drop(run.taskId);
    await this.#wind();
    await this.#end.write(work);
    await this.#report();
  }

  /** What holds it still while nobody is there; null before it begins. */
  get pause(): Pick<RunPause, "attend" | "wake"> | null {
    return this.#pause;
  }

  /** Ends the agent's turn, so that it gets what waits for it now. Does nothing between turns. */
  cutTurn(): void {
    this.#isCutUnanswered = this.#trouble?.isFailing === true;
    this.#turn?.abort();
    void this.#pause?.wake().catch((error: unknown) => this.#run.fail(error));
  }

  /** CONFLICT when there is no agent yet, or it offers no such choice. */
  async setOption(id: string, value: string): Promise<void> {
    const set = this.#session?.setOption?.bind(this.#session);
    if (set === undefined) throw new UserError("CONFLICT", "The agent offers no choices now.", "Wait until it works, then choose.");
    await set(id, value);
  }

  async #stages(): Promise<Work> {
    const run = this.#run;
    run.enter("preparing-sandbox");
    const [last] = this.#earlier;
    const isInterrupted = last?.ending?.state === "stopped" && last.ending.reason.kind === "interrupted";
    if (isInterrupted) this.#services.store.setTimesGoneOn(run.id, last.timesGoneOn + 1);
    for (const problem of await this.#services.refreshRules(run.task.repositoryId, run.signal))
      run.notice(`gatehouse.rules.jsonc of the base branch is not taken, ${problem}`);
    for (const problem of await this.#services.refreshSettings(run.task.repositoryId, run.signal))
      run.notice(`gatehouse.jsonc of the base branch is not taken, ${problem}`);
    const prepared = await prepareSandbox(run, this.#earlier, (sandbox) => this.#hold(sandbox));
    run.enter("handing-over-code");
    const handedIn = await handOverCode(run, prepared, this.#earlier);
    const settings = this.#services.repositorySettings(run.task.repositoryId);
    const sandbox = await this.#openGateway(prepared.sandbox, handedIn);
    const place = { sandbox, worktree: handedIn.worktree };
    tellMissingSecrets(run, settings);
    if (prepared.keptFrom === null) await setUpRepository(run, place, settings);
    run.enter("starting-agent");
    const session = await this.#startAgent(sandbox, prepared.keptFrom, handedIn);
    run.enter("working");
    const checks = await this.#work(session, new WorkChecks(run, place, settings));
    run.enter("collecting-work");
    await session.end();
    await this.#gate?.close();
    run.throwIfStopped();
    const { head } = await collectWork(run, prepared.sandbox, handedIn);
    const diff = await measureWork(run, handedIn, head);
    run.seal();
    return { head, diff, checks };
  }

  #hold(sandbox: Sandbox): void {
    this.#sandbox = sandbox;
    this.#watch?.measure(sandbox);
    this.#pause?.hold(sandbox);
    void this.#failWhenEnded(sandbox);
  }

  async #failWhenEnded(sandbox: Sandbox): Promise<void> {
    const words = await sandbox.ended;
    if (this.#isEnding) return;
    const isShort = words.includes("out of memory") || (await ranOutOfMemory(sandbox));
    if (this.#isEnding) return;
    if (isShort) return this.#run.fail(outOfMemory("The sandbox", this.#run.task.limits));
    this.#run.fail(new UserError("SANDBOX_FAILED", `The sandbox ended: ${words}`, "Start the task again: it goes on where it was."));
  }

  /** The sandbox with its one way out. Where none can be opened, nothing gets out, and the run says so. */
  async #openGateway(sandbox: Sandbox, handedIn: HandedIn): Promise<Sandbox> {
    const run = this.#run;
    const host = new EgressDesk(run, { worktree: handedIn.worktree, home: sandbox.home });
    try {
      const who = { runId: run.id, taskId: run.taskId, repositoryId: run.task.repositoryId, agentId: run.task.agentId };
      const onBudgetStop = ({ scope, limit, spent, cause }: BudgetStop) => run.stop({ kind: "budget", scope, limit, spent, cause });
      const onModelAnswer = (answer: ModelAnswer) => this.#trouble?.heard(answer);
      const way = { ...who, sandbox, host, secrets: run.secrets, onBudgetStop, onModelAnswer };
      this.#gateway = await this.#services.gateway.open(way, run.signal);
    } catch (error) {
      run.throwIfStopped();
      if (!(error instanceof UserError)) throw error;
      run.notice(`Nothing gets out of this sandbox. ${error.message} ${error.remedy}`);
      return sandbox;
    }
    const equipped = withEnvironment(sandbox, this.#gateway.environment);
    this.#sandbox = equipped;
    return equipped;
  }

  async #startAgent(sandbox: Sandbox, keptFrom: RunRecord | null, handedIn: HandedIn): Promise<AgentSession> {
    const run = this.#run;
    const resume = this.#isCutOff() ? (keptFrom?.sessionId ?? null) : null;
    const profile = this.#services.agents.profile(run.task.agentId);
    this.#gate = new CallGate(run, { worktree: handedIn.worktree, home: sandbox.home });
    const host = new RunHost(run, this.#gate);
    const isInTerminal = run.task.interface === "terminal";
    const open: OpenInterface = async (input, signal) =>
      await this.#services.terminals.openInterface({ ...input, taskId: run.taskId }, signal);
    const input = {
      ...{ profile, sandbox, worktree: handedIn.worktree, taskId: run.taskId, host, memoryMiB: run.task.limits.memoryMiB, resume },
      open: isInTerminal ? open : null,
      environment: agentKeys(run, profile),
      mcpServers: await readyMcpServers(run, { sandbox, worktree: handedIn.worktree }),
    };
    const event = {
      verb: "agent.start",
      actor: { kind: "gatehouse" as const },
      taskId: run.taskId,
      runId: run.id,
      detail: {
        agent: profile.id,
        interface: run.task.interface,
        gate: isInTerminal ? (profile.terminal?.gate ?? "none") : profile.gate.level,
      },
    };
    const session = await this.#services.audit.around(event, async () => await this.#services.agents.start(input, run.signal));
    this.#session = session;
    if (!isInTerminal) {
      if (session.isResumed !== true) this.#services.knownOffers.keep(profile, this.#services.offers.of(run.taskId).options);
      await takeChoices(run, session);
    }
    if (typeof session.sessionId === "string") this.#services.store.setSession(run.id, session.sessionId);
    if (this.#isCutOff()) this.#tellHowItGoesOn(session, keptFrom !== null);
    run.signal.addEventListener("abort", () => void this.#endAtOnce(session), { once: true });
    return session;
  }

  /** Whether something beyond the agent ended the work that this run goes on with. */
  #isCutOff(): boolean {
    const [last] = this.#earlier;
    return last !== undefined && hasWorked(last) && cutOffBy(last) !== null;
  }

  #cause(): CutOff["by"] {
    const [last] = this.#earlier;
    return (last === undefined ? null : cutOffBy(last)) ?? "closing";
  }

  #tellHowItGoesOn(session: AgentSession, isSameWorktree: boolean): void {
    const where = isSameWorktree ? "in its worktree" : "in a new worktree, from the work that came back";
    const how = session.isResumed === true ? "by the agent's own session" : "told what it had done, as its session could not be taken up";
    const after = this.#cause() === "provider" ? "its provider failed" : "Gatehouse ended";
    this.#run.notice(`Goes on after ${after}, ${where}, ${how}.`);
  }

  /** An agent whose run is stopped gets no time to wind up its turn (invariant 6). */
  async #endAtOnce(session: AgentSession): Promise<void> {
    try {
      await session.end();
    } catch (error) {
      this.#services.logger.warn({ err: error, runId: this.id }, "an agent did not end cleanly; its sandbox ends next");
    }
  }

  async #work(session: AgentSession, checks: WorkChecks): Promise<readonly CheckResult[]> {
    const run = this.#run;
    let waiting = queuedMessages(run.timeline);
    let text = firstPrompt(
      run.task,
      this.#earlier,
      { before: deliveredMessages(run.timeline).map(textOf), now: waiting.map(textOf) },
      this.#cutOff(session),
    );
    let unanswered: readonly string[] = [];
    while (true) {
      markDelivered(run.timeline, waiting);
      run.activity("Working");
      const turn = new AbortController();
      this.#turn = turn;
      const signal = AbortSignal.any([run.signal, turn.signal]);
      const asked = session.prompt(promptWith(run, session, run.secrets.fill(saidAnew(unanswered, text)), waiting), signal);
      const end = await asked.then((told) => this.#unanswered(told) ?? told).catch((error: unknown) => this.#givenUp(error));
      this.#turn = null;
      run.timeline.flush();
      run.throwIfStopped();
      const told = turn.signal.aborted ? "You cut the agent's turn off; it goes on with your message." : turnNotice(end);
      if (told !== null) run.notice(told);
      const isUnanswered = turn.signal.aborted ? this.#isCutUnanswered : this.#trouble?.isFailing === true;
      unanswered = isUnanswered ? [...unanswered, text].slice(-mostUnanswered) : [];
      waiting = queuedMessages(run.timeline);
      text = waiting.map(textOf).join("\n\n");
      if (waiting.length > 0) continue;
      const { results, handBack } = await checks.round();
      waiting = queuedMessages(run.timeline);
      if (handBack === null && waiting.length === 0) return results;
      text = [...(handBack === null ? [] : [handBack]), ...waiting.map(textOf)].join("\n\n");
    }
  }

  /** An agent that gives up on its provider goes on with what a person has written meanwhile; else the run ends with why. */
  #givenUp(error: unknown): GaveUp {
    const why = error instanceof AnsweredError ? (this.#trouble?.whyGivenUp() ?? null) : null;
    if (why === null || !(error instanceof AnsweredError)) throw error;
    if (queuedMessages(this.#run.timeline).length === 0) throw new GivenUp(why, error);
    return { kind: "gave-up", text: why.message };
  }

  /** Some agents end their turn as if they were done when their model has not answered. */
  #unanswered(end: TurnEnd): GaveUp | null {
    if (end.kind !== "end-of-turn" || this.#turn?.signal.aborted !== false || this.#trouble?.isFailing !== true) return null;
    return this.#givenUp(new AnsweredError("The agent ended its turn without an answer.", ""));
  }

  #cutOff(session: AgentSession): CutOff | null {
    if (!this.#isCutOff()) return null;
    return { by: this.#cause(), isRemembered: session.isResumed === true, soFar: workSoFar(this.#run.timeline) };
  }

  /** Ends everything that the run began, in the order that leaves the agent no time for more. */
  async #wind(): Promise<void> {
    const run = this.#run;
    const steps: readonly (readonly [string, () => Promise<void> | void])[] = [
      ["agent", async () => await this.#session?.end()],
      ["questions", async () => await this.#services.permissions.withdrawRun(run.id, "The run ended.")],
      ["gateway", async () => await this.#gateway?.close()],
      ["terminals", async () => await this.#services.terminals.endTask(run.taskId)],
      ["sandbox", async () => await restSandbox(this.#services, run.id, this.#sandbox)],
      ["calls", async () => await this.#gate?.close()],
      ["timeline", () => run.timeline.flush()],
      ["secrets", () => run.secrets[Symbol.dispose]()],
    ];
    for (const [what, step] of steps) {
      try {
        await within(this.#services.clock, windStepMs, step);
      } catch (error) {
        this.#services.logger.error({ err: error, runId: run.id, what }, "the end of a run was not clean");
      }
    }
  }

  /** For the audit log: how it ended, and what became of its sandbox. It has happened, so nothing waits for this. */
  async #report(): Promise<void> {
    const { id, taskId, stopReason } = this.#run;
    const { sandboxId } = this.#services.store.getRun(id);
    const detail = stopReason === null ? { ending: "finished" } : { ending: stopReason.kind, words: describeStop(stopReason) };
    try {
      const event = { actor: { kind: "gatehouse" as const }, taskId, runId: id };
      await this.#services.audit.note({ ...event, verb: "run.end", detail: { ...detail, keptSandbox: sandboxId } });
    } catch (error) {
      this.#services.logger.error({ err: error, runId: id }, "the end of a run could not be written to the audit log");
    }
  }
}
