import * as z from "zod";
import { UserError } from "../kernel/errors.ts";
import type { CommandTerminal } from "../terminal/terminals.ts";
import type { AgentHost } from "./agent-session.ts";
import type { SeenCall } from "./seen-call.ts";
import type { CallNews } from "./session-update.ts";

/** Characters of one command's output that are shown, and pictures of one call. */
const maximumShown = 1_000_000;
const maximumPictures = 8;

/** As Codex tells the output of its commands. */
const TerminalMeta = z.object({
  terminal_output_delta: z.object({ data: z.string() }).nullish().catch(null),
  terminal_exit: z.object({ exit_code: z.int().nullish() }).nullish().catch(null),
});
/** As Claude Code (text) and OpenCode tell it. */
const RawOutput = z.union([
  z.string().transform((output) => ({ output, metadata: null })),
  z.object({ output: z.string(), metadata: z.object({ exit: z.int().nullish() }).nullish().catch(null) }),
]);

interface Shown {
  readonly hostId: string;
  readonly title: string;
  screen: CommandTerminal | null;
  text: string;
  isCut: boolean;
  written: Promise<void>;
}

/**
 * What the agent's own commands print, as far as it tells: each on a screen of its own, whose filter takes what is
 * hostile out of it. Agents that run their commands through `terminal/*` have their screens there.
 */
export class CallOutput {
  readonly #host: Pick<AgentHost, "openTerminal" | "callShows" | "image">;
  readonly #commands = new WeakMap<SeenCall, Shown>();

  constructor(host: Pick<AgentHost, "openTerminal" | "callShows" | "image">) {
    this.#host = host;
  }

  /** The call runs a command from here on. */
  expect(call: SeenCall, hostId: string, title: string): void {
    this.#commands.set(call, { hostId, title, screen: null, text: "", isCut: false, written: Promise.resolve() });
  }

  seen(call: SeenCall, news: CallNews): void {
    const shown = this.#commands.get(call);
    if (shown === undefined || call.terminalIds.some((id) => id === shown.screen?.id)) return;
    const told = printedBy(news);
    if (told === null) return;
    const more = told.isWhole ? continued(shown.text, told.text) : told.text;
    this.#print(shown, more);
  }

  /** The last that is told of a call that ran: its pictures, and how its command ended. */
  ended(call: SeenCall, news: CallNews | null, status: "completed" | "failed"): void {
    if (status === "completed") for (const picture of picturesIn(news).slice(0, maximumPictures)) this.#host.image(picture);
    const shown = this.#commands.get(call);
    this.#commands.delete(call);
    const screen = shown?.screen ?? null;
    if (shown === undefined || screen === null) return;
    // Null where the agent told none: that it calls the call completed is no exit code.
    const code = news === null ? null : exitCodeIn(news);
    void shown.written.then(() => screen.exited({ code, signal: null, hasFailed: status === "failed" || (code ?? 0) !== 0 }));
  }

  #print(shown: Shown, more: string): void {
    const text = more.slice(0, Math.max(0, maximumShown - shown.text.length));
    const isCutNow = text.length < more.length && !shown.isCut;
    shown.text += text;
    shown.isCut ||= isCutNow;
    if (text === "" && !isCutNow) return;
    const screen = (shown.screen ??= this.#open(shown));
    if (screen === null) return;
    const bytes = new TextEncoder().encode(isCutNow ? `${text}\n[Cut here: what it printed further is not shown.]\n` : text);
    shown.written = shown.written.then(async () => await screen.write(bytes)).catch(() => {});
  }

  /** Null where the task has as many running screens as it may have: the call goes on unseen. */
  #open(shown: Shown): CommandTerminal | null {
    try {
      const screen = this.#host.openTerminal(shown.title);
      this.#host.callShows(shown.hostId, screen.id);
      return screen;
    } catch (error) {
      if (error instanceof UserError) return null;
      throw error;
    }
  }
}

/** `isWhole`: everything so far, not only what is new. */
function printedBy(news: CallNews): { readonly text: string; readonly isWhole: boolean } | null {
  const delta = TerminalMeta.safeParse(news._meta).data?.terminal_output_delta;
  if (delta !== undefined && delta !== null) return { text: delta.data, isWhole: false };
  // Before it runs an agent describes the call in the same place.
  if (news.status !== "in_progress" && news.status !== "completed" && news.status !== "failed") return null;
  const raw = RawOutput.safeParse(news.rawOutput);
  if (raw.success) return { text: raw.data.output, isWhole: true };
  const texts = (news.content ?? []).flatMap((part) => (part.type === "content" && "text" in part.content ? [part.content.text] : []));
  return texts.length === 0 ? null : { text: texts.join("\n"), isWhole: true };
}

/** What comes after what was shown already; all of it, on a line of its own, where it does not go on from there. */
function continued(shown: string, whole: string): string {
  if (whole.startsWith(shown)) return whole.slice(shown.length);
  return shown === "" ? whole : `\n${whole}`;
}

function exitCodeIn(news: CallNews): number | null {
  const raw = RawOutput.safeParse(news.rawOutput).data?.metadata?.exit ?? null;
  return raw ?? TerminalMeta.safeParse(news._meta).data?.terminal_exit?.exit_code ?? null;
}

function picturesIn(news: CallNews | null): readonly string[] {
  return (news?.content ?? []).flatMap((part) => (part.type === "content" && "data" in part.content ? [part.content.data] : []));
}
