import { Duplex, type Readable, type Writable } from "node:stream";

/** One readable and one writable as a duplex, with back-pressure both ways. */
export class StdioDuplex extends Duplex {
  readonly #input: Readable;
  readonly #output: Writable;

  constructor(input: Readable, output: Writable) {
    super({ allowHalfOpen: true, readableHighWaterMark: 256 * 1_024, writableHighWaterMark: 256 * 1_024 });
    this.#input = input;
    this.#output = output;
    input.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) input.pause();
    });
    input.on("end", () => this.push(null));
    input.on("close", () => {
      if (!this.readableEnded) this.push(null);
    });
    input.on("error", (error) => this.destroy(error));
    output.on("error", (error) => this.destroy(error));
    output.on("close", () => this.destroy());
    input.pause();
  }

  override _read(): void {
    this.#input.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#output.write(chunk)) callback();
    else this.#output.once("drain", callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: (error?: Error | null) => void): void {
    this.#output.cork();
    let hasRoom = true;
    for (const { chunk } of chunks) hasRoom = this.#output.write(chunk);
    this.#output.uncork();
    if (hasRoom) callback();
    else this.#output.once("drain", callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#output.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#input.destroy();
    this.#output.destroy();
    callback(error);
  }
}
