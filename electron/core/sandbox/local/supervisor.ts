import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import * as z from "zod";
import { UserError } from "../../kernel/errors.ts";
import type { ExitStatus } from "../driver.ts";

/** What the supervisor says. It lives in the sandbox: whatever does not parse is passed over. */
const Event = z.discriminatedUnion("event", [
  z.object({ event: z.literal("ready") }),
  z.object({ event: z.literal("started"), id: z.string().max(64), pid: z.int().positive().nullable() }),
  z.object({ event: z.literal("failed"), id: z.string().max(64), message: z.string().max(4_000) }),
  z.object({ event: z.literal("exit"), id: z.string().max(64), code: z.int().nullable(), signal: z.string().max(20).nullable() }),
]);

/** Longest line that is looked at, characters; a longer one ends the sandbox. */
const longestLine = 64 * 1024;

export interface StartedProcess {
  /** As the sandbox counts: the host's own number only where there are no namespaces. */
  readonly pid: number | null;
  readonly exited: Promise<ExitStatus>;
}

export interface ExecRequest {
  readonly op: "exec";
  readonly id: string;
  readonly pipes: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly tty: { readonly rows: number; readonly columns: number } | null;
}

type Outcome = { readonly pid: number | null } | { readonly problem: string };

interface Waiting {
  readonly started: (outcome: Outcome) => void;
  readonly exited: (status: ExitStatus) => void;
}

/** Core's end of the conversation with the supervisor of one sandbox. */
export class Supervisor {
  /** Resolves when it takes requests; rejects when it ended before. */
  readonly ready: Promise<void>;
  readonly #requests: Writable;
  readonly #waiting = new Map<string, Waiting>();
  #isOver = false;

  constructor(child: ChildProcess & { readonly stdin: Writable; readonly stdout: Readable }) {
    this.#requests = child.stdin;
    child.stdin.on("error", () => undefined);
    this.ready = new Promise<void>((resolve, reject) => {
      let unfinished = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        const lines = (unfinished + text).split("\n");
        unfinished = lines.pop() ?? "";
        for (const line of lines) this.#hear(line, resolve);
        if (unfinished.length > longestLine) child.kill("SIGKILL");
      });
      child.once("error", reject);
      child.once("exit", () => {
        this.#end();
        reject(new Error("the sandbox ended at once"));
      });
    });
    this.ready.catch(() => undefined);
  }

  /** Resolves once the program runs; `exited` when it has ended, also because the sandbox did. */
  async exec(request: ExecRequest): Promise<StartedProcess> {
    if (this.#isOver) throw sandboxStopped();
    let exit: (status: ExitStatus) => void = ignore;
    const exited = new Promise<ExitStatus>((resolve) => {
      exit = resolve;
    });
    const outcome = await new Promise<Outcome>((resolve) => {
      this.#waiting.set(request.id, { started: resolve, exited: exit });
      this.#send(request);
    });
    if ("pid" in outcome) return { pid: outcome.pid, exited };
    this.#waiting.delete(request.id);
    throw new UserError(
      "SANDBOX_FAILED",
      `A program could not be started in the sandbox: ${outcome.problem}`,
      "See whether its folder exists.",
    );
  }

  resize(id: string, size: { readonly rows: number; readonly columns: number }): void {
    this.#send({ op: "resize", id, size });
  }

  #send(request: object): void {
    this.#requests.write(`${JSON.stringify(request)}\n`);
  }

  #hear(line: string, onReady: () => void): void {
    const event = parse(line);
    if (event === null) return;
    if (event.event === "ready") return onReady();
    const waiting = this.#waiting.get(event.id);
    if (event.event === "started") return waiting?.started({ pid: event.pid });
    if (event.event === "failed") return waiting?.started({ problem: event.message });
    this.#waiting.delete(event.id);
    waiting?.started({ pid: null });
    waiting?.exited({ code: event.code, signal: event.code === null ? (event.signal ?? "SIGKILL") : null });
  }

  #end(): void {
    this.#isOver = true;
    for (const waiting of this.#waiting.values()) {
      waiting.started({ problem: "the sandbox has ended" });
      waiting.exited({ code: null, signal: "SIGKILL" });
    }
    this.#waiting.clear();
  }
}

export function sandboxStopped(): UserError {
  return new UserError("SANDBOX_FAILED", "The sandbox is not running any more.", "Start the task again: it gets a new sandbox.");
}

function parse(line: string): z.infer<typeof Event> | null {
  try {
    return Event.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function ignore(): void {}
