import * as z from "zod";
import type { RunId, TaskId } from "#shared/contract/ids.ts";
import type { Hook, HookTrial } from "#shared/contract/hook.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { summaryOf } from "#shared/domain/request-words.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import { doubledKey } from "../policy/doubled-key.ts";
import { type CompiledHook, type HookResult, meets } from "../policy/hooks.ts";
import type { PolicyContext } from "../policy/decide.ts";
import type { HookPrograms, ProgramDigests } from "./hook-programs.ts";
import { type Program, type ProgramEnd, runProgram } from "./run-program.ts";

/** The call that hooks are about. No value of a secret is in it: a request holds names only. */
export interface HookedCall {
  readonly taskId: TaskId;
  readonly runId: RunId;
  readonly taskTitle: string;
  readonly repositoryName: string;
  readonly agentName: string;
  readonly request: ToolRequest;
}

/** How a call ended, as `tool_post` hooks are told. */
export interface HookedResult {
  readonly decision: Verdict["decision"];
  readonly status: "completed" | "failed" | "refused";
  readonly decidedBy: string;
}

/** What a hook wants the person to be told. */
export interface HookNotice {
  readonly hook: string;
  readonly call: HookedCall;
  readonly result: HookedResult;
}

/** What a `tool_pre` hook may write: nothing, or this. */
const Said = z.object({ decision: z.enum(["pass", "ask", "deny"]), reason: z.string().max(2_000).optional() });

/** Programs of hooks that run at once, and hooks that may wait behind them. */
const maximumRunning = 4;
const maximumWaiting = 256;

/** Runs hooks on this computer. Whatever goes wrong with one before a call denies it; with one after a call, it is written down. */
export class HookRunner {
  readonly notices = new Emitter<HookNotice>();
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #programs: HookPrograms;
  readonly #ending = new AbortController();
  readonly #after = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(parts: {
    readonly audit: AuditLog;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly programs: HookPrograms;
  }) {
    this.#programs = parts.programs;
    this.#audit = parts.audit;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  /** What these `tool_pre` hooks say, in their order; the first that denies ends it. */
  async before(hooks: readonly CompiledHook[], call: HookedCall, signal: AbortSignal): Promise<readonly HookResult[]> {
    const results: HookResult[] = [];
    for (const { id, hook } of hooks) {
      if (hook.on !== "tool_pre") continue;
      const result = await this.#ask(id, hook, call, AbortSignal.any([signal, this.#ending.signal]));
      results.push(result);
      if (result.said === "deny" || result.said === "failed") break;
    }
    return results;
  }

  /** Runs the `tool_post` hooks that a call meets, later; nothing waits for them. */
  after(hooks: readonly CompiledHook[], context: PolicyContext, call: HookedCall, result: HookedResult): void {
    for (const each of hooks) {
      if (each.hook.on !== "tool_post" || !meets(each, call.request, context)) continue;
      const done: Promise<void> = this.#tell(each.id, each.hook, call, result)
        .catch((error: unknown) => this.#logger.error({ err: error, hook: each.id }, "a hook after a call failed"))
        .finally(() => this.#after.delete(done));
      this.#after.add(done);
    }
  }

  /**
   * Runs one hook on a call that belongs to no task, as a person tries it. `isMet`: whether the call meets it. `confirmed`: what of
   * its program they let run. Audited, before it is run and after.
   */
  async try(
    hook: Hook,
    sample: { readonly request: ToolRequest; readonly isMet: boolean; readonly by: string; readonly confirmed?: ProgramDigests },
    signal: AbortSignal,
  ): Promise<HookTrial> {
    const { request, isMet, by } = sample;
    const program = hook.on === "tool_pre" ? hook : hook.effect.do === "trigger" ? hook.effect : null;
    if (!isMet) return { isMet, ran: null, words: "The call does not meet the hook, so nothing was run." };
    if (program === null) return { isMet, ran: null, words: "The call meets the hook. It runs no program." };
    const detail = { on: hook.on, match: hook.match, request: shortly(request), command: [...program.command] };
    const event = { verb: "policy.try-hook", actor: { kind: "person" as const, name: by }, detail: { hook: hook.name, ...detail } };
    return await this.#audit.around(event, async () => {
      const begun = this.#clock.monotonic();
      const call = { ...sampleNames, request };
      const result = hook.on === "tool_pre" ? {} : { result: { decision: "allow", status: "completed", decidedBy: "sample" } };
      const stdin = JSON.stringify({ event: hook.on, hook: hook.name, isSample: true, ...call, ...result });
      const ending = AbortSignal.any([signal, this.#ending.signal]);
      const end = await this.#run({ ...program, stdin }, ending, sample.confirmed);
      const durationMs = Math.round(this.#clock.monotonic() - begun);
      return { isMet, ...trialOf(hook, end, durationMs) };
    });
  }

  /** Ends what runs, and resolves once it has ended. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#after);
  }

  async #ask(id: string, hook: Extract<Hook, { on: "tool_pre" }>, call: HookedCall, signal: AbortSignal): Promise<HookResult> {
    try {
      const event = { ...eventOf(call), detail: { hook: id, on: hook.on, request: shortly(call.request), command: [...hook.command] } };
      return await this.#audit.around(event, async () => {
        const stdin = JSON.stringify({ event: hook.on, hook: hook.name, ...call });
        const end = await this.#run({ ...hook, stdin }, signal);
        return { id, ...whatItSays(hook.name, end) };
      });
    } catch (error) {
      this.#logger.error({ err: error, hook: id }, "a hook could not be run");
      return { id, ...failed(hook.name, "could not be run") };
    }
  }

  async #tell(id: string, hook: Extract<Hook, { on: "tool_post" }>, call: HookedCall, result: HookedResult): Promise<void> {
    const about = { hook: id, on: hook.on, does: hook.effect.do, request: shortly(call.request), ...result };
    const event = eventOf(call);
    switch (hook.effect.do) {
      case "log":
        await this.#audit.note({ ...event, verb: "hook.log", detail: about });
        return;
      case "notify":
        await this.#audit.note({ ...event, verb: "hook.notify", detail: about });
        this.notices.emit({ hook: hook.name, call, result });
        return;
      case "trigger": {
        const { command, timeoutMs } = hook.effect;
        const intent = await this.#audit.intent({ ...event, detail: { ...about, command: [...command] } });
        const stdin = JSON.stringify({ event: hook.on, hook: hook.name, ...call, result });
        const end = await this.#run({ command, timeoutMs, stdin }, this.#ending.signal);
        if (end?.kind === "exited" && end.code === 0) return await intent.done();
        await intent.failed({ why: line(notWell(end)) });
        return;
      }
      default:
        return;
    }
  }

  /** Runs what the person let run and nothing else; null when too many wait already. */
  async #run(
    { command, stdin, timeoutMs }: Omit<Program, "clock">,
    signal: AbortSignal,
    confirmed?: ProgramDigests,
  ): Promise<ProgramEnd | null> {
    return await this.#inTurn(async () => {
      const held = await this.#programs.hold(command, confirmed);
      if (!held.ok) return { kind: "failed", words: held.words };
      try {
        const end = await runProgram({ command, stdin, timeoutMs, clock: this.#clock, file: held.file }, signal);
        return (await held.isUnchanged()) ? end : { kind: "failed", words: "was changed while it ran; look at it" };
      } finally {
        await held.close();
      }
    });
  }

  /** Null when too many wait already. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#running >= maximumRunning) {
      if (this.#waiting.length >= maximumWaiting) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

function eventOf({ taskId, runId }: HookedCall) {
  return { verb: "hook.run", actor: { kind: "gatehouse" as const }, taskId, runId };
}

/** Where a hook is tried: of no task. */
const sampleNames = { taskId: null, runId: null, taskTitle: "A sample", repositoryName: "sample", agentName: "sample" };
const shownOutput = 4_000;

function trialOf(hook: Hook, end: ProgramEnd | null, durationMs: number): Omit<HookTrial, "isMet"> {
  const { outcome, words } = hook.on === "tool_pre" ? sayingOf(hook.name, end) : tellingOf(hook.name, end);
  const isDone = end?.kind === "exited";
  return {
    ran: {
      ...{ outcome, durationMs, code: isDone ? end.code : null },
      stdout: isDone ? end.stdout.slice(-shownOutput) : "",
      stderr: isDone ? end.stderr.slice(-shownOutput) : "",
    },
    words,
  };
}

const outcomes = { pass: "passed", ask: "asked", deny: "denied", failed: "failed" } as const;

function sayingOf(name: string, end: ProgramEnd | null) {
  const { said, words } = whatItSays(name, end);
  return { outcome: outcomes[said], words };
}

function tellingOf(name: string, end: ProgramEnd | null) {
  if (end?.kind === "exited" && end.code === 0) return { outcome: "told" as const, words: `The hook ${name} went well.` };
  return { outcome: "failed" as const, words: `The hook ${name} ${line(notWell(end))}. After a call that is only written down.` };
}

/** What the end of a `tool_pre` hook means for the call. Whatever is not understood denies. */
function whatItSays(name: string, end: ProgramEnd | null): Omit<HookResult, "id"> {
  if (end === null) return failed(name, "could not be run: too many wait");
  if (end.kind === "failed") return failed(name, end.words);
  if (end.code !== 0) return { said: "deny", words: denial(name, end.stderr, `ended with code ${end.code}`) };
  const said = read(end.stdout);
  if (said === null) return failed(name, "wrote what cannot be read");
  const reason = said.reason === undefined ? "" : `: ${line(said.reason)}`;
  if (said.decision === "pass") return { said: "pass", words: `The hook ${name} let it pass${reason}.` };
  if (said.decision === "ask") return { said: "ask", words: `The hook ${name} wants you to be asked${reason}.` };
  return { said: "deny", words: denial(name, said.reason ?? "", "said no") };
}

function failed(name: string, words: string): Omit<HookResult, "id"> {
  return { said: "failed", words: `The hook ${name} ${escapeControls(words)}, so nothing is allowed.` };
}

function notWell(end: ProgramEnd | null): string {
  if (end === null) return "could not be run: too many wait";
  return end.kind === "failed" ? end.words : `ended with code ${end.code}`;
}

function read(stdout: string): z.infer<typeof Said> | null {
  if (stdout.trim() === "") return { decision: "pass" };
  try {
    const said = Said.safeParse(JSON.parse(stdout)).data ?? null;
    return doubledKey(stdout) === null ? said : null;
  } catch {
    return null;
  }
}

function denial(name: string, reason: string, otherwise: string): string {
  const why = line(reason);
  return `The hook ${name} denied it: ${why === "" ? otherwise : why}.`;
}

/** The first line, with what cannot be seen written out; what a hook writes may repeat what an agent wrote. */
function line(text: string): string {
  return escapeControls((text.trim().split("\n")[0] ?? "").slice(0, 300)).replace(/\.$/, "");
}

function shortly(request: ToolRequest): string {
  return summaryOf(request).slice(0, 2_000);
}
