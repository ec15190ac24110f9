import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface RotationLimits {
  /** A file that would grow beyond it is put aside first. */
  readonly maximumBytes: number;
  /** Older files kept besides the current one: `name.1` is the newest of them. */
  readonly kept: number;
}

/** 5 files of 10 MiB at most. */
export const logLimits: RotationLimits = { maximumBytes: 10_485_760, kept: 4 };

/**
 * A log file that its owner alone can read, put aside when it is full, so that logs never fill a disk.
 * A line is with the operating system when `write` returns, so the last words before a crash are
 * there. A disk that takes nothing costs lines, never the app.
 */
export class RotatingFile {
  readonly #path: string;
  readonly #limits: RotationLimits;
  #descriptor: number | null = null;
  #size = 0;

  constructor(path: string, limits: RotationLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  write(line: string): void {
    try {
      const bytes = Buffer.from(line, "utf8");
      this.#descriptor ??= this.#open();
      if (this.#size > 0 && this.#size + bytes.length > this.#limits.maximumBytes) this.#descriptor = this.#rotate(this.#descriptor);
      this.#size += writeSync(this.#descriptor, bytes);
    } catch {
      this.#giveUp();
    }
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const descriptor = openSync(this.#path, "a", 0o600);
    fchmodSync(descriptor, 0o600);
    this.#size = fstatSync(descriptor).size;
    return descriptor;
  }

  /** `name` becomes `name.1`, that `name.2` and so on; the last one goes. */
  #rotate(descriptor: number): number {
    closeSync(descriptor);
    this.#descriptor = null;
    const { kept } = this.#limits;
    rmSync(`${this.#path}.${kept}`, { force: true });
    for (let number = kept - 1; number >= 1; number--) moveIfThere(`${this.#path}.${number}`, `${this.#path}.${number + 1}`);
    moveIfThere(this.#path, `${this.#path}.1`);
    return this.#open();
  }

  /** The next line tries again from the start. */
  #giveUp(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = null;
    if (descriptor === null) return;
    try {
      closeSync(descriptor);
    } catch {
      // It was closed when it failed.
    }
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // Not there yet; or in use, and then it goes on growing, which is better than no log.
  }
}
