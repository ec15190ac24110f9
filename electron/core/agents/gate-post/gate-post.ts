import type { Writable } from "node:stream";
import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox, SandboxProcess } from "../../sandbox/driver.ts";
import { LineReader } from "../line-reader.ts";
import type { Places } from "../places.ts";

/** Most that one line of the post may hold. Bytes. */
const maximumLine = 16 * 1024 * 1024;

const Line = z.union([
  z.object({ gate: z.string().regex(/^\d{1,5}:[0-9a-f]{48}$/) }),
  z.object({ id: z.int(), call: z.string() }),
  z.object({ id: z.int(), gone: z.literal(true) }),
]);

export interface GatePostEvents {
  /** A hook asks; `signal` aborts when it is gone. Anything but true is no. */
  asked(call: unknown, signal: AbortSignal): Promise<boolean>;
  /** The way to core is cut: every further call would be denied unasked. */
  broken(): void;
}

/** The line between hooks inside a sandbox and core: one process whose standard input and output core holds. */
export class GatePost {
  readonly #process: SandboxProcess;
  readonly #events: GatePostEvents;
  readonly #open = new Map<number, AbortController>();
  #isEnding = false;
  /** For `GATEHOUSE_GATE` of whatever runs the hook. */
  readonly address: string;

  private constructor(process: SandboxProcess, address: string, events: GatePostEvents) {
    this.#process = process;
    this.address = address;
    this.#events = events;
  }

  /** AGENT_FAILED where it does not come up. */
  static async start(sandbox: Sandbox, places: Places, events: GatePostEvents, signal: AbortSignal): Promise<GatePost> {
    const argv = ["node", `${places.agent}/gate-post.mjs`, "serve"];
    const process = await sandbox.exec({ argv, cwd: sandbox.home }, signal);
    process.stdin.on("error", () => {});
    process.stderr.resume();
    const lines = new LineReader(maximumLine);
    let post: GatePost | null = null;
    const address = new Promise<string>((resolve, reject) => {
      process.stdout.on("data", (chunk: unknown) => {
        if (!(chunk instanceof Uint8Array)) return;
        try {
          for (const line of lines.push(chunk)) {
            const parsed = Line.parse(JSON.parse(line.toString("utf8")));
            if ("gate" in parsed) resolve(parsed.gate);
            else post?.take(parsed);
          }
        } catch {
          void process.kill("SIGKILL");
        }
      });
      void process.exited.then(() => reject(notUp()));
    });
    post = new GatePost(process, await address, events);
    const made = post;
    void process.exited.then(() => made.ended());
    return made;
  }

  take(line: { readonly id: number; readonly call: string } | { readonly id: number; readonly gone: true }): void {
    if ("gone" in line) return this.#open.get(line.id)?.abort();
    void this.#answer(line.id, line.call);
  }

  ended(): void {
    for (const asked of this.#open.values()) asked.abort();
    if (!this.#isEnding) this.#events.broken();
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#process.stdin.end();
    await this.#process.kill("SIGKILL").catch(() => {});
  }

  async #answer(id: number, text: string): Promise<void> {
    const gone = new AbortController();
    this.#open.set(id, gone);
    let isAllowed = false;
    try {
      isAllowed = await this.#events.asked(JSON.parse(text), gone.signal);
    } catch {
      isAllowed = false;
    }
    this.#open.delete(id);
    write(this.#process.stdin, `${id} ${isAllowed ? "allow" : "deny"}\n`);
  }
}

function write(stdin: Writable, line: string): void {
  if (!stdin.destroyed && !stdin.writableEnded) stdin.write(line);
}

function notUp(): UserError {
  return new UserError("AGENT_FAILED", "The post that asks before each of the agent's calls did not come up.", "Start the task again.");
}
