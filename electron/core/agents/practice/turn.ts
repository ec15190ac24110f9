import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { callMcpTool, type HandedServer } from "./call-mcp-tool.ts";
import { type Json, number, Refused, requestCancelled, text, type Wire } from "./wire.ts";

/** How something that the agent wanted to do went. */
export type Outcome =
  | { readonly kind: "done"; readonly output: string; readonly exitCode: number }
  /** A rule refused it, or it could not be done. The agent goes on. */
  | { readonly kind: "refused"; readonly why: string };

/** The turn is over: cancelled, or a person said no. */
export class TurnCancelled extends Error {}

const outputBytes = 64 * 1024;

/** One turn of the practice agent: what it can say and do, each as ACP wants it shown. */
export class Turn {
  readonly cwd: string;
  readonly #wire: Wire;
  readonly #sessionId: string;
  readonly #servers: readonly HandedServer[];
  readonly #ids: { next: number };
  /** What it has read in this turn; null for a file that was not there. */
  readonly #known = new Map<string, string | null>();
  isCancelled = false;
  isDeaf = false;

  constructor(
    wire: Wire,
    session: { readonly id: string; readonly cwd: string; readonly servers: readonly HandedServer[] },
    ids: { next: number },
  ) {
    this.#wire = wire;
    this.#sessionId = session.id;
    this.cwd = session.cwd;
    this.#servers = session.servers;
    this.#ids = ids;
  }

  async say(words: string, pieces = 1): Promise<void> {
    await this.#chunks("agent_message_chunk", words, pieces);
  }

  async think(words: string, pieces = 1): Promise<void> {
    await this.#chunks("agent_thought_chunk", words, pieces);
  }

  async plan(entries: readonly string[], done: number): Promise<void> {
    const status = (index: number) => (index < done ? "completed" : index === done ? "in_progress" : "pending");
    await this.update({
      sessionUpdate: "plan",
      entries: entries.map((content, index) => ({ content, priority: "medium", status: status(index) })),
    });
  }

  async update(update: Json): Promise<void> {
    this.#throwIfCancelled();
    await this.#wire.notify("session/update", { sessionId: this.#sessionId, update });
  }

  async request(method: string, params: { readonly [key: string]: Json }): Promise<{ readonly [key: string]: unknown }> {
    this.#throwIfCancelled();
    try {
      return await this.#wire.request(method, { sessionId: this.#sessionId, ...params });
    } catch (error) {
      if (error instanceof Refused && error.code === requestCancelled) throw new TurnCancelled();
      throw error;
    }
  }

  /** A command in a terminal of the client. */
  async run(
    command: string,
    options: {
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly cwd?: string | null;
      readonly background?: boolean;
    } = {},
  ): Promise<Outcome> {
    const shown = [command, ...(options.args ?? [])].join(" ");
    const toolCallId = await this.#begin({ title: shown, kind: "execute", rawInput: { command: shown } });
    return await this.#conclude(toolCallId, async () => {
      const created = await this.request("terminal/create", {
        command,
        args: [...(options.args ?? [])],
        env: Object.entries(options.env ?? {}).map(([name, value]) => ({ name, value })),
        cwd: options.cwd ?? this.cwd,
        outputByteLimit: outputBytes,
      });
      const terminalId = text(created["terminalId"]) ?? "";
      await this.#change(toolCallId, { status: "in_progress", content: [{ type: "terminal", terminalId }] });
      if (options.background === true) return { output: "", exitCode: 0 };
      const exit = await this.request("terminal/wait_for_exit", { terminalId });
      const shownOutput = await this.request("terminal/output", { terminalId });
      await this.request("terminal/release", { terminalId });
      return { output: text(shownOutput["output"]) ?? "", exitCode: number(exit["exitCode"]) ?? -1 };
    });
  }

  async read(path: string): Promise<Outcome> {
    const absolute = this.#absolute(path);
    const toolCallId = await this.#begin({ title: `Read ${path}`, kind: "read", locations: [{ path: absolute }] });
    this.#known.set(absolute, null);
    return await this.#conclude(toolCallId, async () => {
      const file = await this.request("fs/read_text_file", { path: absolute });
      const content = text(file["content"]) ?? "";
      this.#known.set(absolute, content);
      return { output: content, exitCode: 0 };
    });
  }

  /** Shows the change as a diff, then has the client write it. */
  async write(path: string, content: string): Promise<Outcome> {
    const absolute = this.#absolute(path);
    const before = this.#known.get(absolute) ?? null;
    const diff = { type: "diff", path: absolute, oldText: before, newText: content };
    const toolCallId = await this.#begin({ title: `Edit ${path}`, kind: "edit", locations: [{ path: absolute }], content: [diff] });
    return await this.#conclude(toolCallId, async () => {
      await this.request("fs/write_text_file", { path: absolute, content });
      this.#known.set(absolute, content);
      return { output: "", exitCode: 0 };
    });
  }

  async delete(path: string): Promise<Outcome> {
    const absolute = this.#absolute(path);
    const call = { title: `Delete ${path}`, kind: "delete", locations: [{ path: absolute }] };
    return await this.#askThen(call, ["allow_once", "reject_once"], async () => {
      await rm(absolute);
      return { output: "", exitCode: 0 };
    });
  }

  /** Asks, then runs the command itself, as real agents do. */
  async ask(command: string, options: readonly string[]): Promise<Outcome> {
    return await this.#askThen({ title: command, kind: "execute", rawInput: { command } }, options, () => runHere(command, this.cwd));
  }

  /** Asks under the name that Claude Code gives such a tool, then calls it, and tells what came back. */
  async callTool(server: string, tool: string, input: Json): Promise<Outcome> {
    const call = { title: `${server}: ${tool}`, kind: "other", name: `mcp__${server}__${tool}`, rawInput: input };
    return await this.#askThen(call, ["allow_once", "reject_once"], async () => {
      const handed = this.#servers.find(({ name }) => name === server);
      if (handed === undefined) throw new Error(`No server ${server} was handed over`);
      const output = await callMcpTool(handed, tool, input, this.cwd);
      await this.say(`${server} said: ${output}`);
      return { output, exitCode: 0 };
    });
  }

  /** What no agent may do. */
  async unasked(command: string): Promise<Outcome> {
    const toolCallId = await this.#begin({ title: command, kind: "execute", rawInput: { command } });
    await this.#change(toolCallId, { status: "in_progress" });
    return await this.#conclude(toolCallId, () => runHere(command, this.cwd));
  }

  async #askThen(
    call: { readonly [key: string]: Json },
    kinds: readonly string[],
    effect: () => Promise<{ readonly output: string; readonly exitCode: number }>,
  ): Promise<Outcome> {
    const toolCallId = await this.#begin(call);
    return await this.#conclude(toolCallId, async () => {
      const answer = await this.request("session/request_permission", {
        toolCall: { toolCallId, ...call },
        options: kinds.map((kind, index) => ({ optionId: `option-${index}`, name: kind, kind })),
      });
      const outcome = answer["outcome"];
      const chosen = typeof outcome === "object" && outcome !== null && "optionId" in outcome ? outcome.optionId : null;
      if (chosen === null) throw new TurnCancelled();
      const kind = kinds.find((_, index) => `option-${index}` === chosen) ?? "";
      if (!kind.startsWith("allow")) throw new Refused(0, "it was rejected");
      await this.#change(toolCallId, { status: "in_progress" });
      return await effect();
    });
  }

  async #begin(call: { readonly [key: string]: Json }): Promise<string> {
    const toolCallId = `practice-${this.#ids.next++}`;
    await this.update({ sessionUpdate: "tool_call", toolCallId, status: "pending", ...call });
    return toolCallId;
  }

  async #conclude(toolCallId: string, work: () => Promise<{ readonly output: string; readonly exitCode: number }>): Promise<Outcome> {
    try {
      const { output, exitCode } = await work();
      await this.#change(toolCallId, { status: exitCode === 0 ? "completed" : "failed" });
      return { kind: "done", output, exitCode };
    } catch (error) {
      if (error instanceof TurnCancelled) throw error;
      await this.#change(toolCallId, { status: "failed" });
      return { kind: "refused", why: error instanceof Error ? error.message : String(error) };
    }
  }

  async #change(toolCallId: string, change: { readonly [key: string]: Json }): Promise<void> {
    await this.update({ sessionUpdate: "tool_call_update", toolCallId, ...change });
  }

  async #chunks(sessionUpdate: string, words: string, pieces: number): Promise<void> {
    const messageId = `practice-${this.#ids.next++}`;
    const length = Math.max(1, Math.ceil(words.length / Math.max(1, pieces)));
    for (let start = 0; start < words.length; start += length) {
      await this.update({ sessionUpdate, messageId, content: { type: "text", text: words.slice(start, start + length) } });
    }
  }

  #absolute(path: string): string {
    return isAbsolute(path) ? path : resolve(this.cwd, path);
  }

  #throwIfCancelled(): void {
    if (this.isCancelled && !this.isDeaf) throw new TurnCancelled();
  }
}

function runHere(command: string, cwd: string): Promise<{ readonly output: string; readonly exitCode: number }> {
  return new Promise((resolve) => {
    const child = spawn("bash", ["--noprofile", "--norc", "-c", command], { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer) => (output = (output + chunk.toString("utf8")).slice(-outputBytes));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve({ output: error.message, exitCode: 127 }));
    child.once("close", (code) => resolve({ output, exitCode: code ?? -1 }));
  });
}
