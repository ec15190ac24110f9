import type { Readable } from "node:stream";
import PQueue from "p-queue";
import type { Clock } from "../kernel/clock.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import { lastWords } from "./hostile-text.ts";

/**
 * Resolves $1: takes the real path of the deepest folder that exists and adds the rest. A link to what does not exist is followed
 * wherever it stands (40 of them at most, as Linux does). `..` in what does not exist is refused.
 * A trailing x guards names that end in a line feed from the shell.
 */
const resolveSteps = `
p=$1 n=0 rest=
while [ ! -d "\${p:-/}" ]; do
  if [ -L "$p" ]; then
    n=$((n+1)); [ $n -le 40 ] || exit 65
    t=$(readlink -- "$p"; printf x); t=\${t%?x}
    case $t in /*) p=$t ;; *) p=\${p%/*}/$t ;; esac
    while [ "$p" != "\${p%/}" ]; do p=\${p%/}; done
    continue
  fi
  name=\${p##*/}
  case $name in ..|.) exit 66 ;; esac
  rest=/$name$rest p=\${p%/*}
done
cd -P -- "\${p:-/}" || exit 67
d=$(pwd -P; printf x); d=\${d%?x}
real=\${d%/}$rest
`;

const resolveScript = `${resolveSteps}
printf '%s' "\${real:-/}" | head -c 8192
`;

/**
 * Resolves $1 and, where it is a regular file, reads at most $2 bytes of it: one start of a process
 * instead of two. Prints the real path, NUL, and a letter: f and the content, m missing, o other.
 */
const peekScript = `${resolveSteps}
printf '%s\\0' "\${real:-/}"
if [ ! -e "$real" ] && [ ! -L "$real" ]; then printf m; exit 0; fi
if [ ! -f "$real" ] || [ -L "$real" ] || [ ! -e /proc/$$/fd ]; then printf o; exit 0; fi
exec 3< "$real" || exit 73
opened=$(readlink /proc/$$/fd/3; printf x)
if [ "\${opened%?x}" != "$real" ]; then printf o; exit 0; fi
printf f; head -c "$2" <&3
`;

/** Goes to the folder $1, whose real path must still be $1. */
const enterScript = `
cd -P -- "$1" || exit 70
here=$(pwd -P; printf x)
[ "\${here%?x}" = "$1" ] || exit 70
`;

/** Reads the regular file named $2 of folder $1; at most $3 bytes. */
const readScript = `
[ -d "$1" ] || exit 71
${enterScript}
[ -e "./$2" ] || [ -L "./$2" ] || exit 71
[ -f "./$2" ] && [ ! -L "./$2" ] || exit 72
exec 3< "./$2" || exit 73
if [ -e /proc/$$/fd/3 ]; then
  opened=$(readlink /proc/$$/fd/3; printf x)
  [ "\${opened%?x}" = "\${1%/}/$2" ] || exit 70
fi
head -c "$3" <&3
`;

/**
 * Goes to the folder $1 step by step and makes what is missing of it. Each step is taken in the folder that was reached, so that
 * nothing is made elsewhere when a folder above becomes a link meanwhile; a link on the way was not there when it was decided.
 */
const makeFolderScript = `
cd / || exit 70
way=\${1#/} reached=
while [ -n "$way" ]; do
  step=\${way%%/*}
  case $way in */*) way=\${way#*/} ;; *) way= ;; esac
  [ -n "$step" ] || continue
  reached=$reached/$step
  [ ! -L "./$step" ] || exit 70
  [ -d "./$step" ] || mkdir -- "./$step" 2>/dev/null || [ -d "./$step" ] || exit 73
  cd -P -- "./$step" || exit 70
  here=$(pwd -P; printf x)
  [ "\${here%?x}" = "$reached" ] || exit 70
done
`;

/**
 * Writes standard input to a new file beside ./$2 and renames it over it: a link there is replaced, never followed. Without -T a
 * link to a folder that appears at the last moment would be moved into; where there is no -T, what came of it is looked at.
 */
const writeScript = `
umask 022; set -C
${makeFolderScript}
[ ! -d "./$2" ] || exit 72
t=./.gatehouse-write.$3
exec 4> "$t" || exit 73
trap 'rm -f -- "$t"' EXIT
cat >&4 || exit 73
exec 4>&-
[ "$(wc -c < "$t")" -eq "$4" ] || exit 74
if [ -f "./$2" ] && [ ! -L "./$2" ] && [ -x "./$2" ]; then chmod 0755 "$t"; fi
if ! mv -fT -- "$t" "./$2" 2>/dev/null; then
  case $(mv --help 2>&1) in *-T*) exit 70 ;; esac
  [ ! -d "./$2" ] || exit 72
  mv -f -- "$t" "./$2" || exit 73
fi
if [ -L "./$2" ] || [ ! -f "./$2" ]; then rm -f -- "./$2/$t"; exit 70; fi
`;

/** Largest file that {@link SandboxFiles.peek} brings along. Bytes. */
const maximumPeek = 256 * 1024;

export interface Peek {
  readonly realPath: string;
  /** Its text if it is a small one; null where it has to be read for itself. */
  readonly text: string | null;
  readonly isMissing: boolean;
}

/** Why a file could not be had, in words for the agent. */
export class FileProblem extends Error {
  readonly isMissing: boolean;

  constructor(message: string, isMissing = false) {
    super(message);
    this.name = "FileProblem";
    this.isMissing = isMissing;
  }
}

/** The program that opened it was killed: the turn ended, or it took too long. */
class FileInterrupted extends FileProblem {
  constructor() {
    super("Opening the file took too long.");
  }
}

/**
 * Files inside a sandbox, read and written by programs inside it: the host opens none of them. A
 * path is resolved first, for the decision, and must still be the same place when it is opened.
 */
export class SandboxFiles {
  readonly #sandbox: Sandbox;
  readonly #clock: Clock;
  readonly #maximumBytes: number;
  /** An agent may ask for hundreds of files at once; the engine is not to start hundreds of processes. */
  readonly #queue = new PQueue({ concurrency: 4 });
  #writes = 0;

  constructor(sandbox: Sandbox, clock: Clock, maximumBytes: number) {
    this.#sandbox = sandbox;
    this.#clock = clock;
    this.#maximumBytes = maximumBytes;
  }

  /**
   * Real path of an absolute path, or of one below the home folder, of which the end need not exist; null where it has none (a loop of
   * links).
   */
  async realPath(path: string, signal: AbortSignal): Promise<string | null> {
    const place = path === "~" || path.startsWith("~/") ? this.#sandbox.home + path.slice(1) : path;
    if (!place.startsWith("/") || place.includes("\0") || place.length > 4_096) return null;
    const { code, out } = await this.#run(resolveScript, [place], null, 16_384, signal);
    const real = out.toString("utf8");
    return code === 0 && real.startsWith("/") ? real : null;
  }

  /** As `realPath`, with the text of a small file: for the decision, not yet for the agent. */
  async peek(path: string, signal: AbortSignal): Promise<Peek | null> {
    if (path.includes("\0") || path.length > 4_096) return null;
    const { code, out } = await this.#run(peekScript, [path, String(maximumPeek + 1)], null, maximumPeek + 20_000, signal);
    const end = out.indexOf(0);
    const realPath = out.subarray(0, Math.max(0, end)).toString("utf8");
    if (code !== 0 || !realPath.startsWith("/")) return null;
    const kind = String.fromCharCode(out[end + 1] ?? 0);
    const content = out.subarray(end + 2);
    const isWhole = kind === "f" && content.byteLength <= maximumPeek;
    return { realPath, text: isWhole ? asText(content) : null, isMissing: kind === "m" };
  }

  /** Text of the file at a real path. {@link FileProblem} where it is missing, no text or too large. */
  async readText(realPath: string, signal: AbortSignal): Promise<string> {
    const [folder, name] = split(realPath);
    const { code, out } = await this.#run(readScript, [folder, name, String(this.#maximumBytes + 1)], null, this.#maximumBytes + 1, signal);
    if (code !== 0) throw problem(code);
    if (out.byteLength > this.#maximumBytes) throw new FileProblem(`The file is larger than ${this.#maximumBytes} bytes.`);
    const text = asText(out);
    if (text === null) throw new FileProblem("The file is not UTF-8 text.");
    return text;
  }

  /** Replaces the file at a real path, making its folder where there is none. */
  async writeText(realPath: string, text: string, signal: AbortSignal): Promise<void> {
    const content = Buffer.from(text, "utf8");
    if (content.byteLength > this.#maximumBytes) throw new FileProblem(`The content is larger than ${this.#maximumBytes} bytes.`);
    const [folder, name] = split(realPath);
    this.#writes += 1;
    const mark = `${process.pid}.${this.#writes}`;
    try {
      const { code } = await this.#run(writeScript, [folder, name, mark, String(content.byteLength)], content, 1_000, signal);
      if (code !== 0) throw problem(code);
    } catch (error) {
      if (error instanceof FileInterrupted) await this.#discard(folder, mark);
      throw error;
    }
  }

  /** A write that was killed could not clear up after itself; its rest must not end up in a commit. */
  async #discard(folder: string, mark: string): Promise<void> {
    const script = 'cd -P -- "$1" && rm -f -- "./.gatehouse-write.$2"';
    await this.#run(script, [folder, mark], null, 1_000, new AbortController().signal).catch(() => null);
  }

  async #run(
    script: string,
    parameters: readonly string[],
    input: Buffer | null,
    maximumOutput: number,
    signal: AbortSignal,
  ): Promise<{ readonly code: number | null; readonly out: Buffer }> {
    return await this.#queue.add(() => this.#runNow(script, parameters, input, maximumOutput, signal));
  }

  async #runNow(
    script: string,
    parameters: readonly string[],
    input: Buffer | null,
    maximumOutput: number,
    signal: AbortSignal,
  ): Promise<{ readonly code: number | null; readonly out: Buffer }> {
    const child = await this.#sandbox.exec({ argv: ["sh", "-c", script, "sh", ...parameters], cwd: this.#sandbox.home }, signal);
    using _limit = this.#clock.after(30_000, () => void child.kill("SIGKILL").catch(() => {}));
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? Buffer.alloc(0));
    const [out, errors, exit] = await Promise.all([take(child.stdout, maximumOutput), take(child.stderr, 2_000), child.exited]);
    if (exit.code === null) throw new FileInterrupted();
    if (exit.code === 126 || exit.code === 127) throw new FileProblem(lastWords(errors.toString("utf8"), 300));
    return { code: exit.code, out };
  }
}

function asText(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function split(realPath: string): readonly [folder: string, name: string] {
  const slash = realPath.lastIndexOf("/");
  const name = realPath.slice(slash + 1);
  if (slash === -1 || name === "" || name === "." || name === "..") throw new FileProblem("The path names no file.");
  return [slash === 0 ? "/" : realPath.slice(0, slash), name];
}

function problem(code: number | null): FileProblem {
  switch (code) {
    case 71:
      return new FileProblem("There is no such file.", true);
    case 70:
      return new FileProblem("The path changed after it was decided; nothing was done.");
    case 72:
      return new FileProblem("It is not a regular file.");
    default:
      return new FileProblem("The file cannot be opened.");
  }
}

async function take(stream: Readable, maximumBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (!(chunk instanceof Uint8Array) || length >= maximumBytes) continue;
    const part = Buffer.from(chunk).subarray(0, maximumBytes - length);
    parts.push(part);
    length += part.byteLength;
  }
  return Buffer.concat(parts, length);
}
