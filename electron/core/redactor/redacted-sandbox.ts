import { Transform, type Readable, type TransformCallback } from "node:stream";
import type { Clock } from "../kernel/clock.ts";
import type { ExecSpec, Posture, Sandbox, SandboxDriver, SandboxProcess, SandboxSpec, SandboxStats } from "../sandbox/driver.ts";
import type { LiveSecrets, RedactedStream } from "./live-secrets.ts";

/** How much redacted output of one stream waits to be read before its producer is made to wait, bytes. */
const bufferBytes = 128 * 1024;

/** So long nobody waits for a few bytes that may begin a value: under what is felt when typing. */
const pauseMs = 20;

/**
 * The driver, with live secret values taken out of everything that processes in its sandboxes write, before
 * anything else in core sees it: screens, agents' messages, tool output, transcripts. Only the standard output of a
 * process that was asked for `exact` bytes is left alone: of a git bundle, which a change would break, and of the tunnel's relay.
 * Neither is a way to a screen or a transcript: a bundle is read by git alone, and what leaves the worktree again (diffs, files) is
 * redacted there; the relay's frames go to the gateway alone, whose own records are made of parsed requests. Their error output is
 * redacted all the same, because its last words stand in messages, and because any process of the sandbox can write to it
 * (through `/proc/<pid>/fd/2`).
 */
export function redactedDriver(driver: SandboxDriver, live: LiveSecrets, clock: Clock): SandboxDriver {
  const redacted = (sandbox: Sandbox | null) => (sandbox === null ? null : new RedactedSandbox(sandbox, live, clock));
  return {
    kind: driver.kind,
    probe: async (signal) => await driver.probe(signal),
    create: async (spec, signal) => new RedactedSandbox(await driver.create(spec, signal), live, clock),
    list: async (signal) => await driver.list(signal),
    attach: async (id) => redacted(await driver.attach(id)),
    resume: async (spec: SandboxSpec, signal) => redacted(await driver.resume(spec, signal)),
    platform: async (signal) => await driver.platform(signal),
    isPrepared: async (software, signal) => await driver.isPrepared(software, signal),
    prepare: async (software, onLine, signal) => await driver.prepare(software, onLine, signal),
    buildImage: async (onLine, signal) => await driver.buildImage(onLine, signal),
    diskUse: async (signal) => await driver.diskUse(signal),
    images: async (signal) => await driver.images(signal),
    removeImage: async (name) => await driver.removeImage(name),
    close: async () => await driver.close(),
  };
}

class RedactedSandbox implements Sandbox {
  readonly id: string;
  readonly driver: Sandbox["driver"];
  readonly workspace: string;
  readonly home: string;
  readonly packages: string | null;
  readonly ended: Promise<string>;
  readonly #sandbox: Sandbox;
  readonly #live: LiveSecrets;
  readonly #clock: Clock;

  constructor(sandbox: Sandbox, live: LiveSecrets, clock: Clock) {
    this.id = sandbox.id;
    this.driver = sandbox.driver;
    this.workspace = sandbox.workspace;
    this.home = sandbox.home;
    this.packages = sandbox.packages;
    this.ended = sandbox.ended;
    this.#sandbox = sandbox;
    this.#live = live;
    this.#clock = clock;
  }

  packagesAt(hash: string): string | null {
    return this.#sandbox.packagesAt(hash);
  }

  async exec(spec: ExecSpec, signal?: AbortSignal): Promise<SandboxProcess> {
    const process = await this.#sandbox.exec(spec, signal);
    return {
      stdin: process.stdin,
      stdout: spec.output === "exact" ? process.stdout : this.#redacted(process.stdout),
      stderr: this.#redacted(process.stderr),
      exited: process.exited,
      resize: async (size) => await process.resize(size),
      kill: async (name) => await process.kill(name),
    };
  }

  async inspectPosture(signal?: AbortSignal): Promise<Posture> {
    return await this.#sandbox.inspectPosture(signal);
  }

  async stats(signal?: AbortSignal): Promise<SandboxStats> {
    return await this.#sandbox.stats(signal);
  }

  async ranOutOfMemory(): Promise<boolean> {
    return await this.#sandbox.ranOutOfMemory();
  }

  async pause(): Promise<boolean> {
    return await this.#sandbox.pause();
  }

  async wake(): Promise<void> {
    await this.#sandbox.wake();
  }

  async stop(): Promise<void> {
    await this.#sandbox.stop();
  }

  async remove(): Promise<void> {
    await this.#sandbox.remove();
  }

  #redacted(source: Readable): Readable {
    const redacted = new RedactedOutput(this.#live.stream(), this.#clock);
    source.pipe(redacted);
    // A stream that breaks off is at its end, too: how the process ended says the rest.
    for (const event of ["error", "close"]) source.once(event, () => redacted.end());
    redacted.once("close", () => source.destroy());
    return redacted;
  }
}

/** One output of a process without live values. Bytes wait only while they may be the beginning of one. */
export class RedactedOutput extends Transform {
  readonly #stream: RedactedStream;
  readonly #clock: Clock;
  #pause: Disposable | null = null;

  constructor(stream: RedactedStream, clock: Clock) {
    super({ readableHighWaterMark: bufferBytes, writableHighWaterMark: bufferBytes });
    this.#stream = stream;
    this.#clock = clock;
  }

  override _transform(chunk: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (!(chunk instanceof Uint8Array)) return callback(new TypeError("The stream carries something other than bytes."));
    this.#give(this.#stream.push(chunk));
    this.#showSoon();
    callback();
  }

  override _flush(callback: TransformCallback): void {
    this.#stopWaiting();
    this.#give(this.#stream.end());
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stopWaiting();
    callback(error);
  }

  #give(bytes: Buffer): void {
    if (bytes.length > 0) this.push(bytes);
  }

  #showSoon(): void {
    this.#stopWaiting();
    if (!this.#stream.isHolding) return;
    this.#pause = this.#clock.after(pauseMs, () => {
      this.#pause = null;
      this.#give(this.#stream.pause());
    });
  }

  #stopWaiting(): void {
    this.#pause?.[Symbol.dispose]();
    this.#pause = null;
  }
}
