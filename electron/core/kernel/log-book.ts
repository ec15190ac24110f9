import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import * as z from "zod";
import type { LogLine } from "#shared/contract/log.ts";
import { Emitter } from "./events.ts";
import { logLimits, RotatingFile, type RotationLimits } from "./rotating-file.ts";

/** Lines that can be looked at without opening the files. */
export const rememberedLines = 5_000;
/** Of the file an earlier Gatehouse left, bytes. */
const readBackBytes = 1_048_576;
const longestFields = 4_000;
const longestMessage = 2_000;

const Written = z.looseObject({ level: z.int(), time: z.int(), msg: z.string().optional(), call: z.string().optional() });

/** Where log lines go: the file, and those who look on. What is live as a secret is taken out of each line first. */
export class LogBook {
  readonly added = new Emitter<LogLine>();
  readonly #file: RotatingFile;
  readonly #lines: LogLine[] = [];
  #redact: (line: string) => string = (line) => line;
  #number = 0;

  constructor(file: string, limits: RotationLimits = logLimits) {
    this.#file = new RotatingFile(file, limits);
    for (const line of lastLines(file)) this.#remember(line);
  }

  /** From now on each line passes through this: whatever secrets are in use are known to it. */
  redactWith(redact: (line: string) => string): void {
    this.#redact = redact;
  }

  /** Oldest first. */
  lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** As pino writes: one JSON object and its newline. */
  write(line: string): void {
    const safe = this.#redact(line);
    this.#file.write(safe);
    const shown = this.#remember(safe);
    if (shown !== null) this.added.emit(shown);
  }

  #remember(text: string): LogLine | null {
    const written = Written.safeParse(parseJson(text)).data;
    if (written === undefined) return null;
    const { level, time, msg, call, ...fields } = written;
    const line: LogLine = {
      number: this.#number++,
      at: time,
      level: levelOf(level),
      message: (msg ?? "").slice(0, longestMessage),
      call: call ?? null,
      fields: Object.keys(fields).length === 0 ? "" : JSON.stringify(fields).slice(0, longestFields),
    };
    this.#lines.push(line);
    if (this.#lines.length > rememberedLines + rememberedLines / 10) this.#lines.splice(0, this.#lines.length - rememberedLines);
    return line;
  }
}

function levelOf(level: number): LogLine["level"] {
  if (level >= 50) return "error";
  if (level >= 40) return "warning";
  return level >= 30 ? "info" : "debug";
}

/** A file that cannot be read has no lines: logging must not keep anything from starting. */
function lastLines(file: string): readonly string[] {
  try {
    const descriptor = openSync(file, "r");
    try {
      const { size } = fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, readBackBytes));
      const read = readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      const lines = bytes.toString("utf8", 0, read).split("\n");
      return size > bytes.length ? lines.slice(1) : lines;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return [];
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
