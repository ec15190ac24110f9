import * as z from "zod";
import type { PlanEntry, SessionOffer } from "#shared/contract/task.ts";
import type { Clock } from "../kernel/clock.ts";
import type { AgentProfile } from "./agent-profile.ts";
import type { AgentHost } from "./agent-session.ts";
import type { CallWatch } from "./call-watch.ts";
import { oneLine } from "./hostile-text.ts";
import { ModePin } from "./mode-pin.ts";
import { Narration } from "./narration.ts";
import type { SessionLimits } from "./session-limits.ts";
import { offeredCommands, offeredOptions } from "./session-offer.ts";
import type { CallNews, ConfigOption, SessionUpdate } from "./session-update.ts";
import { Throttle } from "./throttle.ts";

export interface SessionNewsParts {
  readonly host: AgentHost;
  readonly watch: CallWatch;
  readonly clock: Clock;
  readonly limits: SessionLimits;
  readonly gate: Pick<AgentProfile["gate"], "modeIn" | "planIn" | "ownTools">;
  /** The agent left its pinned mode; words for it. */
  readonly drifted: (words: string) => void;
}

/** A change of mode as Gemini CLI tells it: in a message of its own. */
const toldMode = /^\[MODE_UPDATE\] (\w{1,40})$/u;

/** What the agent tells in `session/update`: words, plan, calls, offers and its mode, each to whoever it concerns. */
export class SessionNews {
  readonly #parts: SessionNewsParts;
  readonly #narration: Narration;
  readonly #planning: Throttle;
  #plan: readonly PlanEntry[] | null = null;
  #offered: SessionOffer = { options: [], commands: [], takesImages: null };
  #lastMessage = "";
  readonly pin = new ModePin();
  /** While an old session is taken up the agent tells all of it again, which is not news. */
  isReplaying = false;

  constructor(parts: SessionNewsParts) {
    this.#parts = parts;
    const { host, clock, limits } = parts;
    const message = (id: string, text: string) => {
      this.#lastMessage = text;
      host.message(id, text);
    };
    this.#narration = new Narration(
      { message, thought: (id, text) => host.thought(id, text), notice: (text) => host.notice(text) },
      clock,
      limits,
    );
    this.#planning = new Throttle(clock, limits.updateEveryMs, () => this.#tellPlan());
  }

  /** The last words of this turn. */
  get lastMessage(): string {
    return this.#lastMessage;
  }

  get offered(): SessionOffer {
    return this.#offered;
  }

  beginTurn(): void {
    this.#lastMessage = "";
  }

  /** Tells the host what was held back to be told together. */
  flush(): void {
    this.flushWords();
    this.#tellPlan();
  }

  flushWords(): void {
    this.#narration.flush();
  }

  offers(options: readonly ConfigOption[], takesImages = this.#offered.takesImages): void {
    this.#offer({ options: offeredOptions(options), takesImages });
  }

  tookOptions(options: readonly ConfigOption[]): void {
    this.#drift(this.pin.driftOfOptions(options));
    this.offers(options);
  }

  /** Throws TooManyCalls. */
  take(update: SessionUpdate): void {
    if (this.isReplaying && !tellsOfTheSession(update)) return;
    switch (update.sessionUpdate) {
      case "agent_message_chunk":
      case "agent_thought_chunk": {
        if ("data" in update.content) {
          this.flushWords();
          this.#parts.host.image(update.content.data);
          return;
        }
        const isMessage = update.sessionUpdate === "agent_message_chunk";
        const text = "text" in update.content ? update.content.text : `[${oneLine(update.content.type, 40)}]`;
        const mode = this.#parts.gate.modeIn === "message" ? toldMode.exec(text)?.[1] : undefined;
        if (mode !== undefined) return this.#drift(this.pin.driftTo(mode));
        this.#narration.chunk(isMessage ? "message" : "thought", update.messageId ?? null, text);
        return;
      }
      case "tool_call":
        this.flushWords();
        this.#parts.watch.seen(update);
        return;
      case "tool_call_update":
        this.#parts.watch.seen(update);
        this.#planned(todosOf(update, this.#parts.gate));
        return;
      case "plan":
        this.#planned(update.entries);
        return;
      case "current_mode_update":
        this.#drift(this.pin.driftTo(update.currentModeId));
        return;
      case "config_option_update":
        this.tookOptions(update.configOptions);
        return;
      case "available_commands_update":
        this.#offer({ commands: offeredCommands(update.availableCommands) });
        return;
    }
  }

  #planned(entries: readonly { readonly content: string; readonly status: PlanEntry["status"] }[] | null): void {
    if (entries === null) return;
    this.#plan = entries.slice(0, 200).map(({ content, status }) => ({ text: content.slice(0, 1_000), status }));
    this.#planning.request();
  }

  #offer(change: Partial<SessionOffer>): void {
    this.#offered = { ...this.#offered, ...change };
    this.#parts.host.offered(this.#offered);
  }

  #tellPlan(): void {
    if (this.#plan !== null) this.#parts.host.plan(this.#plan);
    this.#plan = null;
  }

  #drift(words: string | null): void {
    if (words !== null) this.#parts.drifted(words);
  }
}

const Todos = z.object({
  todos: z.array(z.object({ content: z.string(), status: z.enum(["pending", "in_progress", "completed"]).catch("completed") })).max(1_000),
});

/** The plan that an agent tells as what it calls a tool of its own with; null where this is none. */
function todosOf(
  { title, rawInput, status }: CallNews,
  gate: SessionNewsParts["gate"],
): readonly z.infer<typeof Todos>["todos"][number][] | null {
  if (gate.planIn !== "todos" || status !== "in_progress" || typeof title !== "string" || !gate.ownTools.includes(title)) return null;
  return Todos.safeParse(rawInput).data?.todos ?? null;
}

/** The state of the session itself, which is true also when it is told while an old one is taken up. */
function tellsOfTheSession({ sessionUpdate }: SessionUpdate): boolean {
  return (
    sessionUpdate === "current_mode_update" || sessionUpdate === "config_option_update" || sessionUpdate === "available_commands_update"
  );
}
