import { finished } from "node:stream/promises";
import { TerminalId } from "#shared/contract/ids.ts";
import type { QuestionAnswer, QuestionForm } from "#shared/contract/question.ts";
import type { PlanEntry, SessionOffer } from "#shared/contract/task.ts";
import type { AgentCall, AgentHost, CallDecision } from "../core/agents/agent-session.ts";
import type { CommandTerminal, ToldExit } from "../core/terminal/terminals.ts";
import type { SandboxProcess } from "../core/sandbox/driver.ts";

interface RecordedTerminal {
  readonly id: string;
  readonly title: string;
  output: string;
  exit: ToldExit | null;
}

export type Decide = (call: AgentCall, signal: AbortSignal) => CallDecision | Promise<CallDecision>;

/** A host that decides as told and remembers everything that a session reports. */
export class RecordingAgentHost implements AgentHost {
  offer: SessionOffer = { options: [], commands: [], takesImages: null };
  readonly calls: AgentCall[] = [];
  readonly unaskedCalls: { readonly call: AgentCall; readonly isKnownSilentRead: boolean }[] = [];
  readonly messages = new Map<string, string>();
  readonly thoughts = new Map<string, string>();
  readonly plans: (readonly PlanEntry[])[] = [];
  readonly activities: string[] = [];
  readonly questions: QuestionForm[] = [];
  readonly images: string[] = [];
  answerQuestion: (form: QuestionForm, signal: AbortSignal) => QuestionAnswer | Promise<QuestionAnswer> = () => ({ action: "cancel" });
  readonly notices: string[] = [];
  readonly started: { readonly callId: string; readonly terminalId: string | null }[] = [];
  readonly screens = new Map<string, string>();
  readonly ended: { readonly callId: string; readonly status: "completed" | "failed" }[] = [];
  readonly terminals: RecordedTerminal[] = [];
  updates = 0;
  readonly #decide: Decide;

  constructor(decide: Decide = () => "allowed") {
    this.#decide = decide;
  }

  /** All that the agent said, in order. */
  get said(): string {
    return [...this.messages.values()].join("\n");
  }

  get commands(): readonly string[] {
    return this.calls.flatMap(({ request }) => (request.tool === "shell" ? [request.command] : []));
  }

  async decide(call: AgentCall, signal: AbortSignal): Promise<CallDecision> {
    this.calls.push(call);
    return await this.#decide(call, signal);
  }

  async question(form: QuestionForm, signal: AbortSignal): Promise<QuestionAnswer> {
    this.questions.push(form);
    return await this.answerQuestion(form, signal);
  }

  unasked(call: AgentCall, isKnownSilentRead: boolean): void {
    this.unaskedCalls.push({ call, isKnownSilentRead });
  }

  message(id: string, text: string): void {
    this.updates += 1;
    this.messages.set(id, text);
  }

  thought(id: string, text: string): void {
    this.updates += 1;
    this.thoughts.set(id, text);
  }

  plan(entries: readonly PlanEntry[]): void {
    this.plans.push(entries);
  }

  image(data: string): void {
    this.images.push(data);
  }

  callStarted(callId: string, terminalId: string | null): void {
    this.started.push({ callId, terminalId });
  }

  callShows(callId: string, terminalId: string): void {
    this.screens.set(callId, terminalId);
  }

  callEnded(callId: string, status: "completed" | "failed"): void {
    this.ended.push({ callId, status });
  }

  activity(words: string): void {
    this.activities.push(words);
  }

  notice(text: string): void {
    this.notices.push(text);
  }

  offered(offer: SessionOffer): void {
    this.offer = offer;
  }

  openTerminal(title: string): CommandTerminal {
    const id = TerminalId.parse(`term-${String(this.terminals.length).padStart(8, "0")}`);
    const terminal: RecordedTerminal = { id, title, output: "", exit: null };
    this.terminals.push(terminal);
    const write = async (bytes: Uint8Array) => {
      terminal.output = (terminal.output + Buffer.from(bytes).toString("utf8")).slice(-1_000_000);
    };
    return { id, write, feed: (process) => feed(process, write), exited: (exit) => void (terminal.exit = exit) };
  }
}

async function feed(process: SandboxProcess, write: (bytes: Uint8Array) => Promise<void>) {
  for (const stream of [process.stdout, process.stderr]) stream.on("data", (bytes: Uint8Array) => void write(bytes));
  await Promise.all([finished(process.stdout), finished(process.stderr)]);
  return { exit: await process.exited, tail: "", truncated: false };
}
