import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../../kernel/errors.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { lastWords } from "../hostile-text.ts";
import { findProgram } from "./find-program.ts";
import { entryPointsScript, pipScript } from "./pip-scripts.ts";
import { platformTags, type PythonTarget } from "./python-target.ts";

/** How long one call of pip may take, milliseconds. */
const limitMs = 20 * 60_000;

/**
 * On `requirements.txt` in a folder. `resolve`: writes `report.json`, what would be installed (pip, installation report). `fetch`: puts
 * the wheels that it names by their hashes into `wheels`. `install`: unpacks them into `site`. `entry-points`: of the one wheel in
 * `wheels`, into nothing but the lines that are told.
 */
export type PipWork = "resolve" | "fetch" | "install" | "entry-points";

/** Resolves with what it printed, at most the last 200 lines. */
export type RunPip = (
  folder: string,
  how: { readonly work: PipWork; readonly target: PythonTarget },
  onLine: (line: string) => void,
  signal: AbortSignal,
) => Promise<readonly string[]>;

/**
 * This computer's own pip with the index, proxy and authority of its settings, and with no other index beside: a package of the same
 * name elsewhere is never taken. Only wheels, and nothing can be started, so that nothing of a package runs. PACKAGE_NOT_FOUND,
 * PACKAGE_MISMATCH for another content than a hash says, PACKAGE_REFUSED for what its makers withdrew or what is too large, else AGENT_FAILED.
 */
export const runPip: RunPip = async (folder, { work, target }, onLine, signal) => {
  const python = await findProgram(process.platform === "win32" ? ["python.exe"] : ["python3"], process.env["PATH"]);
  if (python === null) throw noPip("Python 3 is not installed on this computer; its packages are fetched with pip.");
  const environment = await environmentOf(python, onLine, signal);
  const words =
    work === "entry-points"
      ? ["-I", "-c", entryPointsScript, ...(await onlyWheel(folder))]
      : ["-I", "-c", pipScript, JSON.stringify(target.markers), ...wordsFor(work, target)];
  const ended = await run(python, words, { folder, environment, onLine }, signal);
  if (signal.aborted) throw new UserError("CANCELLED", "Fetching the packages was cancelled.", "Try again.");
  if (ended.code !== 0) throw pipFailure(ended.lines.join("\n"));
  const withdrawn = ended.lines.find((line) => line.includes("is a yanked version"));
  if (withdrawn !== undefined) throw refusedByMakers(withdrawn);
  return ended.lines;
};

function wordsFor(work: Exclude<PipWork, "entry-points">, target: PythonTarget): readonly string[] {
  const common = ["--only-binary=:all:", "--no-input", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar=off", "--no-color"];
  const platforms = platformTags(target).flatMap((tag) => ["--platform", tag]);
  const fits = [...platforms, "--implementation", "cp", "--python-version", target.python];
  const exactly = ["--no-deps", "--require-hashes", "-r", "requirements.txt"];
  switch (work) {
    case "resolve":
      return [
        "install",
        "--dry-run",
        "--ignore-installed",
        "--report",
        "report.json",
        "--target",
        "site",
        ...common,
        ...fits,
        "-r",
        "requirements.txt",
      ];
    case "fetch":
      return ["download", "--dest", "wheels", ...common, ...fits, ...exactly];
    case "install":
      return ["install", "--no-compile", "--no-warn-script-location", "--target", "site", ...common, ...fits, ...exactly];
    default:
      return assertNever(work);
  }
}

async function onlyWheel(folder: string): Promise<readonly string[]> {
  const names = (await readdir(join(folder, "wheels"))).filter((name) => name.endsWith(".whl"));
  const [name] = names;
  if (name === undefined || names.length > 1) throw new Error(`There are ${names.length} wheels.`);
  return [join(folder, "wheels", name)];
}

/** What of a person's settings is heeded: where the one index is and how it is reached. */
const heeded = new Map([
  ["index-url", "PIP_INDEX_URL"],
  ["proxy", "PIP_PROXY"],
  ["cert", "PIP_CERT"],
  ["client-cert", "PIP_CLIENT_CERT"],
  ["timeout", "PIP_TIMEOUT"],
  ["retries", "PIP_RETRIES"],
]);

/** As Python names it (`os.devnull`): pip compares by text. */
const noFile = process.platform === "win32" ? "nul" : "/dev/null";

async function environmentOf(python: string, onLine: (line: string) => void, signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  const plain = Object.entries(process.env).filter(([name]) => !/^(?:PIP_|PYTHON)/iu.test(name));
  const settings = Object.entries(process.env).filter(([name]) => name.startsWith("PIP_"));
  const listed = await run(
    python,
    ["-I", "-m", "pip", "config", "list"],
    { folder: null, environment: Object.fromEntries([...plain, ...settings]), onLine: () => {} },
    signal,
  );
  if (signal.aborted) throw new UserError("CANCELLED", "Fetching the packages was cancelled.", "Try again.");
  if (listed.code !== 0) throw noPip("pip is not installed on this computer for its Python 3; packages are fetched with it.");
  const { values, isMore } = readSettings(listed.lines);
  if (isMore) onLine("Only the first index of pip's settings is asked, and no folder of wheels.");
  // No file of settings is read by pip itself: one could name another index beside.
  return { ...Object.fromEntries(plain), ...values, PIP_CONFIG_FILE: noFile };
}

/** `pip config list` prints `section.key='value'`, the weakest first; a variable's section is `:env:`. */
export function readSettings(lines: readonly string[]): { readonly values: Readonly<Record<string, string>>; readonly isMore: boolean } {
  const read = lines.flatMap((line) => {
    const [, section = "", key = "", value = ""] = /^(global|install|:env:)\.([a-z-]+)='(.*)'$/u.exec(line) ?? [];
    return key === "" ? [] : [{ rank: ["global", "install", ":env:"].indexOf(section), key, value }];
  });
  const values: Record<string, string> = {};
  for (const { key, value } of read.toSorted((a, b) => a.rank - b.rank)) {
    const variable = heeded.get(key);
    if (variable !== undefined && value !== "") values[variable] = value;
  }
  return { values, isMore: read.some(({ key }) => key === "extra-index-url" || key === "find-links") };
}

async function run(
  program: string,
  words: readonly string[],
  how: { readonly folder: string | null; readonly environment: NodeJS.ProcessEnv; readonly onLine: (line: string) => void },
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const child = spawn(program, words, {
    ...(how.folder === null ? {} : { cwd: how.folder }),
    env: how.environment,
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  });
  const lines: string[] = [];
  const tell = (line: string) => {
    const said = lastWords(line, 2_000).trim();
    if (said === "") return;
    lines.push(said);
    if (lines.length > 200) lines.shift();
    how.onLine(said.slice(0, 300));
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", tell);
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      lines.push(error.message);
      resolve(1);
    });
    child.once("close", (exit) => resolve(exit ?? 1));
  });
  return { code, lines };
}

/** What pip's last words say, as an error with a remedy. */
export function pipFailure(said: string): UserError {
  const words = inWords(said);
  if (/DO NOT MATCH THE HASHES|THESE PACKAGES DO NOT MATCH/u.test(said)) {
    return new UserError(
      "PACKAGE_MISMATCH",
      `A package is not what was confirmed: its content has another hash. ${words}`,
      "Do not use it. Ask its makers, or resolve the package anew and look at what changed.",
    );
  }
  if (/unpacked, the packages are more than/u.test(said)) {
    return new UserError(
      "PACKAGE_REFUSED",
      `The packages are too large: ${/unpacked, the packages are more than [\w ]{1,60}/u.exec(said)?.[0] ?? ""}.`,
      "Choose a smaller server, or run it as a program of your own.",
    );
  }
  const wanted = /No matching distribution found for ([^\s;(]{1,200})/u.exec(said)?.[1];
  if (wanted !== undefined || said.includes("No matching distribution found")) {
    return new UserError(
      "PACKAGE_NOT_FOUND",
      `The index has no such package or version, or no wheel of it that fits the sandbox${wanted === undefined ? "" : `: ${wanted}`}.`,
      "Check the name and the version. Only wheels are used: what has to be built from source cannot be pinned.",
    );
  }
  return new UserError(
    "AGENT_FAILED",
    `pip could not fetch the packages: ${words}`,
    "Check the connection to the package index, that pip is version 23 or newer, and the free space, then try again.",
  );
}

function inWords(said: string): string {
  const errors = said.split("\n").filter((line) => /^(?:ERROR|WARNING): /u.test(line));
  const shown = errors.length > 0 ? errors : said.split("\n").slice(-3);
  return shown
    .map((line) => line.replace(/^(?:ERROR|WARNING): /u, ""))
    .join(" ")
    .slice(0, 1_000);
}

function refusedByMakers(line: string): UserError {
  return new UserError(
    "PACKAGE_REFUSED",
    `Its makers have withdrawn a version that would be used (yanked). ${inWords(line)}`,
    "Choose another version.",
  );
}

function noPip(what: string): UserError {
  return new UserError("AGENT_FAILED", what, "Install Python 3 with pip (version 23 or newer), then try again.");
}
