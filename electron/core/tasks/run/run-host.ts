import type { QuestionAnswer, QuestionForm } from "#shared/contract/question.ts";
import type { PlanEntry, SessionOffer } from "#shared/contract/task.ts";
import type { AgentCall, AgentHost, CallDecision } from "../../agents/agent-session.ts";
import { UserError } from "../../kernel/errors.ts";
import { randomId } from "../../kernel/ids.ts";
import type { CommandTerminal } from "../../terminal/terminals.ts";
import type { ActiveRun } from "./active-run.ts";
import { askForm } from "./ask-form.ts";
import type { CallGate } from "./call-gate.ts";

/** What an agent says and asks, brought to the timeline, the board and the gate of its run. */
export class RunHost implements AgentHost {
  readonly #run: ActiveRun;
  readonly #gate: CallGate;
  /** Our entry ids for the agent's message ids, which are its own business and may repeat over runs. */
  readonly #entryIds = new Map<string, string>();

  constructor(run: ActiveRun, gate: CallGate) {
    this.#run = run;
    this.#gate = gate;
  }

  async decide(call: AgentCall, signal: AbortSignal): Promise<CallDecision> {
    this.#run.sign();
    return await this.#gate.decide(call, signal);
  }

  /** Never throws: what goes wrong ends the run, and the question is left. */
  async question(form: QuestionForm, signal: AbortSignal): Promise<QuestionAnswer> {
    try {
      return await askForm(this.#run, form, AbortSignal.any([signal, this.#run.signal]));
    } catch (error) {
      this.#run.fail(error);
      return { action: "cancel" };
    }
  }

  unasked(call: AgentCall, isKnownSilentRead: boolean): void {
    this.#guard(() => this.#gate.unasked(call, isKnownSilentRead));
  }

  message(id: string, text: string): void {
    this.#say("message", id, text);
  }

  thought(id: string, text: string): void {
    this.#say("thought", id, text);
  }

  plan(entries: readonly PlanEntry[]): void {
    const { entryId, at } = this.#place("plan");
    this.#guard(() => this.#run.timeline.stream({ id: entryId, at, kind: "plan", entries: entries.slice(0, 200) }));
  }

  /** Kept by what its bytes are; one that is no picture, or too many, is told of and left out. */
  image(data: string): void {
    this.#guard(() => {
      const { images, clock } = this.#run.services;
      try {
        const image = images.keep(this.#run.taskId, data);
        this.#run.timeline.put({ id: randomId("e"), at: clock.now(), kind: "image", image });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        this.#run.notice(`A picture of the agent is not shown: ${error.message}`);
      }
    });
  }

  callStarted(callId: string, terminalId: string | null): void {
    this.#guard(() => this.#gate.callStarted(callId, terminalId));
  }

  callShows(callId: string, terminalId: string): void {
    this.#guard(() => this.#gate.callShows(callId, terminalId));
  }

  callEnded(callId: string, status: "completed" | "failed"): void {
    this.#guard(() => this.#gate.callEnded(callId, status));
  }

  activity(words: string): void {
    this.#run.activity(words);
  }

  notice(text: string): void {
    this.#guard(() => this.#run.notice(text));
  }

  offered(offer: SessionOffer): void {
    this.#run.offered(offer);
  }

  openTerminal(title: string): CommandTerminal {
    return this.#run.services.terminals.openCommand({ taskId: this.#run.taskId, title });
  }

  #say(kind: "message" | "thought", id: string, text: string): void {
    const { entryId, at } = this.#place(`${kind}:${id}`);
    this.#guard(() => this.#run.timeline.stream({ id: entryId, at, kind, text }));
  }

  #place(key: string): { readonly entryId: string; readonly at: number } {
    const entryId = this.#entryIds.get(key) ?? randomId("e");
    this.#entryIds.set(key, entryId);
    return { entryId, at: this.#run.timeline.find(entryId)?.at ?? this.#run.services.clock.now() };
  }

  /** What an agent reports must not throw into its session; what cannot be kept ends the run. */
  #guard(report: () => void): void {
    this.#run.sign();
    try {
      report();
    } catch (error) {
      this.#run.fail(error);
    }
  }
}
