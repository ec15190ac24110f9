import type { Readable } from "node:stream";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { ExitStatus, Sandbox, SandboxProcess } from "../../sandbox/driver.ts";
import { framedSource, minimumNode, relayCommand } from "./bootstrap.ts";
import { FramePace } from "./frame-pace.ts";
import { TunnelSession } from "./http2/session.ts";
import type { TunnelStream } from "./http2/tunnel-stream.ts";
import { maximumHelloBytes, maximumStreams, programHeader, wireVersion } from "./wire.ts";

/** Where the relay listens unless something else does already. */
const usualPort = 3_128;
/** How long a relay may take to come up, milliseconds. */
const startLimitMs = 20_000;
/** First and longest pause before a relay that died is started again, milliseconds. */
const firstPauseMs = 100;
const longestPauseMs = 10_000;
/** A relay that lived this long starts its successor without a pause, milliseconds. */
const steadyMs = 30_000;

const Hello = z.object({ relay: z.literal(wireVersion), port: z.int().min(1).max(65_535), node: z.string().max(40) });
type Hello = z.infer<typeof Hello>;

export interface TunnelParts {
  readonly sandbox: Sandbox;
  /** The built relay script. */
  readonly relay: Buffer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One connection that the relay accepted, as its raw bytes, and what the program that made it calls itself. */
  readonly onConnection: (stream: TunnelStream, program: string | null) => void;
  /** The relay has died; it is being started again. */
  readonly onLost: (why: string) => void;
}

/** Core's end of the way out of one sandbox. It keeps a relay running there for as long as it lives. */
export class Tunnel {
  readonly #parts: TunnelParts;
  readonly #ending = new AbortController();
  readonly #port: number;
  #process: SandboxProcess | null = null;
  #session: TunnelSession | null = null;
  #pauseMs = firstPauseMs;

  private constructor(parts: TunnelParts, port: number) {
    this.#parts = parts;
    this.#port = port;
  }

  /** SANDBOX_FAILED where no relay comes up: no Node in the sandbox, or one too old. */
  static async open(parts: TunnelParts, signal: AbortSignal): Promise<Tunnel> {
    const first = await startRelay(parts, { port: usualPort, isPortFixed: false }, signal);
    const tunnel = new Tunnel(parts, first.hello.port);
    tunnel.#serve(first.process);
    return tunnel;
  }

  /** On the sandbox's loopback; stays the same when the relay is started again. */
  get port(): number {
    return this.#port;
  }

  /** Ends every connection and the relay. Safe to repeat. */
  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#session?.destroy();
    await endProcess(this.#process);
  }

  #serve(process: SandboxProcess): void {
    const { clock, logger } = this.#parts;
    this.#process = process;
    const begun = clock.monotonic();
    const session = new TunnelSession({
      ...{ input: process.stdout, output: process.stdin, side: "server", maximumStreams },
      budget: new FramePace(clock),
      onStream: (stream, headers) => this.#accept(stream, headers.get(programHeader)),
      onClose: (error) => {
        if (error !== null) logger.debug({ err: error, sandbox: this.#parts.sandbox.id }, "the tunnel broke off");
        void endProcess(process);
      },
    });
    this.#session = session;
    void this.#watch(process, session, begun);
  }

  async #watch(process: SandboxProcess, session: TunnelSession, begun: number): Promise<void> {
    const exit = await process.exited;
    session.destroy();
    if (this.#parts.clock.monotonic() - begun >= steadyMs) this.#pauseMs = firstPauseMs;
    await this.#restart(words(exit));
  }

  #accept(stream: TunnelStream, program: string | undefined): void {
    stream.on("error", () => {});
    // One that came with the last words of a relay that has ended is told to nobody.
    if (stream.destroyed || stream.closed) return;
    if (this.#ending.signal.aborted) return void stream.destroy();
    this.#parts.onConnection(stream, program === undefined ? null : decoded(program));
  }

  async #restart(why: string): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    this.#parts.onLost(why);
    while (!signal.aborted) {
      await this.#pause();
      if (signal.aborted) return;
      try {
        const { process } = await startRelay(this.#parts, { port: this.#port, isPortFixed: true }, signal);
        return this.#serve(process);
      } catch (error) {
        this.#parts.logger.warn({ err: error, sandbox: this.#parts.sandbox.id }, "the relay could not be started again");
      }
    }
  }

  async #pause(): Promise<void> {
    const { clock } = this.#parts;
    const { signal } = this.#ending;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    await new Promise<void>((resolve) => {
      const timer = clock.after(pauseMs, resolve);
      signal.addEventListener("abort", () => (timer[Symbol.dispose](), resolve()), { once: true });
    });
  }
}

async function startRelay(
  { sandbox, relay, clock }: Pick<TunnelParts, "sandbox" | "relay" | "clock">,
  options: { readonly port: number; readonly isPortFixed: boolean },
  signal: AbortSignal,
): Promise<{ readonly process: SandboxProcess; readonly hello: Hello }> {
  const environment = { NODE_OPTIONS: "", UV_THREADPOOL_SIZE: "1" };
  const process = await sandbox.exec({ argv: relayCommand(options), cwd: sandbox.workspace, environment, output: "exact" }, signal);
  process.stdin.on("error", () => {});
  const said = lastWords(process.stderr);
  process.stdin.write(framedSource(relay));
  const limit = new AbortController();
  using _limit = clock.after(startLimitMs, () => limit.abort(new Error("it took too long")));
  try {
    const hello = await Promise.race([
      readHello(process.stdout),
      process.exited.then((exit) => Promise.reject(notStarted(exit, said()))),
      rejection(AbortSignal.any([signal, limit.signal])),
    ]);
    return { process, hello };
  } catch (error) {
    await endProcess(process);
    if (error instanceof UserError) throw error;
    throw failed(error instanceof Error ? error.message : String(error), error);
  }
}

/** The first line, and nothing after it. */
async function readHello(stdout: Readable): Promise<Hello> {
  const line = await new Promise<string>((resolve, reject) => {
    let held = Buffer.alloc(0);
    const take = () => {
      const chunk: Buffer | null = stdout.read();
      if (chunk === null) return;
      held = Buffer.concat([held, chunk]);
      const end = held.indexOf(10);
      if (end === -1 && held.byteLength <= maximumHelloBytes) return take();
      stdout.off("readable", take);
      if (end === -1) return reject(new Error("it does not say what it is"));
      if (held.byteLength > end + 1) stdout.unshift(held.subarray(end + 1));
      resolve(held.subarray(0, end).toString("utf8"));
    };
    stdout.on("readable", take);
    stdout.once("error", reject);
  });
  return Hello.parse(JSON.parse(line));
}

async function rejection(signal: AbortSignal): Promise<never> {
  return await new Promise<never>((_resolve, reject) => {
    const refuse = () => reject(signal.reason instanceof Error ? signal.reason : new Error("the run ended"));
    if (signal.aborted) refuse();
    signal.addEventListener("abort", refuse, { once: true });
  });
}

async function endProcess(process: SandboxProcess | null): Promise<void> {
  process?.stdin.destroy();
  process?.stdout.destroy();
  process?.stderr.destroy();
  await process?.kill("SIGKILL").catch(() => {});
}

function lastWords(stream: Readable): () => string {
  let words = "";
  stream.on("error", () => {});
  stream.on("data", (chunk: Buffer) => (words = (words + chunk.toString("utf8")).slice(-500)));
  return () => words.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
}

function notStarted(exit: ExitStatus, said: string): UserError {
  if (exit.code === 127 || exit.code === 126) return failed("there is no Node in the sandbox image", null);
  return failed(said === "" ? words(exit) : said, null);
}

function failed(why: string, cause: unknown): UserError {
  return new UserError(
    "SANDBOX_FAILED",
    `The way out of the sandbox could not be opened: ${why}.`,
    `Use a sandbox image that holds Node ${minimumNode} or newer.`,
    { cause },
  );
}

function words(exit: ExitStatus): string {
  return exit.signal === null ? `the relay ended with exit code ${exit.code ?? "unknown"}` : `the relay was ended by ${exit.signal}`;
}

/** Hostile text: what cannot be read is no hint, and what is read is short. */
function decoded(program: string): string | null {
  try {
    return decodeURIComponent(program).slice(0, 64);
  } catch {
    return null;
  }
}
