import { PassThrough, type Readable } from "node:stream";
import { RequestError } from "@agentclientprotocol/sdk";
import type { ToolRequest } from "#shared/contract/policy.ts";
import type { Clock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import type { ExitStatus, Sandbox, SandboxProcess } from "../sandbox/driver.ts";
import { activityOf, titleOf } from "./activity.ts";
import type { AgentHost } from "./agent-session.ts";
import type { CallLedger } from "./call-ledger.ts";
import { refusal } from "./client-files.ts";
import type { Gate } from "./gate.ts";
import { lastWords } from "./hostile-text.ts";
import { OutputTail } from "./output-tail.ts";
import { asOneCommand, shellOf } from "./shell-words.ts";
import { absolutePath, toolRequests, type CallPlace } from "./tool-request.ts";

const defaultOutputBytes = 256 * 1024;
const maximumOutputBytes = 4 * 1024 * 1024;

interface OpenTerminal {
  readonly process: SandboxProcess;
  readonly tail: OutputTail;
  readonly ended: Promise<ExitStatus>;
  exit: ExitStatus | null;
}

export interface NewTerminal {
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | undefined;
  readonly cwd?: string | null | undefined;
  readonly outputByteLimit?: number | null | undefined;
}

export interface ClientTerminalsParts {
  readonly sandbox: Sandbox;
  readonly gate: Gate;
  readonly ledger: CallLedger;
  readonly host: AgentHost;
  readonly clock: Clock;
  readonly place: CallPlace;
  readonly maximumOpen: number;
  readonly killMs: number;
}

/** `terminal/*`: commands of the agent that core runs inside the sandbox. What was judged is what runs. */
export class ClientTerminals {
  readonly #parts: ClientTerminalsParts;
  readonly #open = new Map<string, OpenTerminal>();

  constructor(parts: ClientTerminalsParts) {
    this.#parts = parts;
  }

  async create(input: NewTerminal, requestSignal: AbortSignal): Promise<{ terminalId: string }> {
    const { gate, ledger, host, place } = this.#parts;
    const signal = AbortSignal.any([requestSignal, gate.turnSignal]);
    if (signal.aborted) throw refusal("withdrawn");
    if (this.#open.size >= this.#parts.maximumOpen) throw RequestError.invalidRequest({}, "too many terminals are open; release some");
    if (input.cwd && !input.cwd.startsWith("/")) throw RequestError.invalidParams({ cwd: "must be absolute" });
    const command = asOneCommand(input.command, input.args ?? [], input.env ?? []);
    if (command === null) throw RequestError.invalidParams({ command: "cannot be put as one command" });
    const request: ToolRequest = { tool: "shell", command, cwd: absolutePath(input.cwd ?? place.worktree, place.worktree) };
    const approval = ledger.useApproval(request, null, null);
    const seen = approval === null ? ledger.match((call) => sameCommand(request, toolRequests(call, place))) : null;
    const callId = approval?.hostId ?? seen?.hostIds[0] ?? randomId("call");
    if (approval === null) {
      if (seen !== null) seen.verdict = "deciding";
      const title = titleOf(request, place.worktree);
      const decision = await gate.decide({ callId, title, request, realPath: null, edit: null, agentWords: seen?.words ?? null }, signal);
      if (seen !== null) seen.verdict = decision === "allowed" ? "allowed" : "refused";
      if (decision !== "allowed") throw refusal(decision);
    }
    const id = await this.#run(request, callId, outputLimit(input.outputByteLimit), signal);
    const call = approval?.call ?? seen;
    if (call !== null) call.isEnded = true;
    host.activity(activityOf(request, place.worktree));
    return { terminalId: id };
  }

  output(id: string): { output: string; truncated: boolean; exitStatus?: { exitCode: number | null; signal: string | null } } {
    const terminal = this.#find(id);
    const output = { output: terminal.tail.text(), truncated: terminal.tail.isTruncated };
    return terminal.exit === null ? output : { ...output, exitStatus: asStatus(terminal.exit) };
  }

  async waitForExit(id: string): Promise<{ exitCode: number | null; signal: string | null }> {
    return asStatus(await this.#find(id).ended);
  }

  async kill(id: string): Promise<void> {
    await this.#end(this.#find(id));
  }

  async release(id: string): Promise<void> {
    const terminal = this.#find(id);
    this.#open.delete(id);
    await this.#end(terminal);
  }

  /** Kills what still runs, at the end of a turn that was cancelled and of the session. */
  async killAll(): Promise<void> {
    const terminals = [...this.#open.values()].filter((terminal) => terminal.exit === null);
    await Promise.all(terminals.map((terminal) => terminal.process.kill("SIGKILL").catch(() => {})));
  }

  async #run(request: ToolRequest & { tool: "shell" }, callId: string, outputBytes: number, signal: AbortSignal): Promise<string> {
    const { sandbox, host, place } = this.#parts;
    const screen = host.openTerminal(titleOf(request, place.worktree));
    host.callStarted(callId, screen.id);
    const process = await this.#exec(request, signal).catch((error: unknown) => {
      screen.exited({ code: 127, signal: null, hasFailed: true });
      host.callEnded(callId, "failed");
      const words = error instanceof Error ? lastWords(error.message, 300) : "";
      throw RequestError.internalError({ details: words }, `${sandbox.driver} could not start it: ${words}`);
    });
    process.stdin.on("error", () => {});
    process.stdin.end();
    const tail = new OutputTail(outputBytes);
    const copied: SandboxProcess = {
      stdin: process.stdin,
      stdout: tee(process.stdout, tail),
      stderr: tee(process.stderr, tail),
      exited: process.exited,
      resize: (size) => process.resize(size),
      kill: (name) => process.kill(name),
    };
    const ended = exitOf(screen.feed(copied, outputBytes), process);
    const terminal: OpenTerminal = { process, tail, ended, exit: null };
    this.#open.set(screen.id, terminal);
    this.#parts.ledger.noteTerminal(screen.id);
    void this.#watchEnd(terminal, callId);
    if (signal.aborted) await this.killAll();
    return screen.id;
  }

  async #watchEnd(terminal: OpenTerminal, callId: string): Promise<void> {
    terminal.exit = await terminal.ended;
    this.#parts.host.callEnded(callId, terminal.exit.code === 0 ? "completed" : "failed");
  }

  async #exec(request: ToolRequest & { tool: "shell" }, signal: AbortSignal): Promise<SandboxProcess> {
    signal.throwIfAborted();
    return await this.#parts.sandbox.exec({ argv: shellOf(request.command), cwd: request.cwd });
  }

  async #end(terminal: OpenTerminal): Promise<void> {
    if (terminal.exit !== null) return;
    await terminal.process.kill("SIGTERM");
    using _limit = this.#parts.clock.after(this.#parts.killMs, () => void terminal.process.kill("SIGKILL").catch(() => {}));
    await terminal.ended;
  }

  #find(id: string): OpenTerminal {
    const terminal = this.#open.get(id);
    if (terminal === undefined) throw RequestError.invalidParams({ terminalId: "no such terminal" });
    return terminal;
  }
}

/** A screen that fails to take the output ends the command: nothing runs unseen. */
async function exitOf(fed: Promise<{ readonly exit: ExitStatus }>, process: SandboxProcess): Promise<ExitStatus> {
  try {
    return (await fed).exit;
  } catch {
    await process.kill("SIGKILL").catch(() => {});
    return { code: null, signal: "SIGKILL" };
  }
}

function tee(source: Readable, tail: OutputTail): Readable {
  const copy = new PassThrough();
  source.on("data", (chunk: unknown) => {
    if (!(chunk instanceof Uint8Array)) return;
    tail.push(chunk);
    if (!copy.write(chunk)) {
      source.pause();
      copy.once("drain", () => source.resume());
    }
  });
  source.once("end", () => copy.end());
  source.once("close", () => copy.end());
  source.once("error", () => copy.end());
  return copy;
}

function sameCommand(request: ToolRequest & { tool: "shell" }, others: readonly ToolRequest[]): boolean {
  return others.length === 1 && others[0]?.tool === "shell" && others[0].command === request.command;
}

function outputLimit(wanted: number | null | undefined): number {
  return Math.min(maximumOutputBytes, Math.max(0, wanted ?? defaultOutputBytes));
}

function asStatus(exit: ExitStatus): { exitCode: number | null; signal: string | null } {
  return { exitCode: exit.code, signal: exit.signal };
}
