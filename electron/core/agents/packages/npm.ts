import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { UserError } from "../../kernel/errors.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import type { SandboxPlatform } from "../../sandbox/driver.ts";
import { lastWords } from "../hostile-text.ts";
import { findProgram } from "./find-program.ts";

/** How long an installation may take. Some agents weigh half a gigabyte. Milliseconds. */
const limitMs = 20 * 60_000;

/**
 * `install`: what the manifest names, where there is no lock. `exactly`: what the lock names and nothing else.
 * `lock`: installs nothing and writes the lock, without saying where anything was fetched from.
 */
export type NpmWork = "install" | "exactly" | "lock";

export type RunNpm = (
  folder: string,
  how: { readonly work: NpmWork; readonly platform: SandboxPlatform },
  onLine: (line: string) => void,
  signal: AbortSignal,
) => Promise<void>;

/**
 * Works on the `package.json` in `folder`, for the sandbox's platform, with this computer's own npm and its settings
 * (registry, proxy). No script of any package runs (`--ignore-scripts`): nothing of an agent or a server is executed
 * outside a sandbox. PACKAGE_NOT_FOUND, PACKAGE_MISMATCH for another content than the lock's hash, else
 * AGENT_FAILED with npm's last words.
 */
export const runNpm: RunNpm = async (folder, how, onLine, signal) => {
  const npm = await findProgram([process.platform === "win32" ? "npm.cmd" : "npm"], process.env["PATH"]);
  if (npm === null) {
    throw new UserError(
      "AGENT_FAILED",
      "npm is not installed on this computer; packages are fetched with it.",
      "Install Node.js with npm (20.19 or newer), then try again.",
    );
  }
  const { NODE_OPTIONS: _options, ...environment } = process.env;
  const isWindows = process.platform === "win32";
  const child = spawn(npm, wordsFor(how), {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    // Nothing in the words comes from a profile: packages are named in the folder's package.json.
    shell: isWindows,
    signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
  });
  const tail: string[] = [];
  const tell = (line: string) => {
    const text = lastWords(line, 300).trim();
    if (text === "") return;
    tail.push(text);
    if (tail.length > 12) tail.shift();
    onLine(text);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", tell);
  const code = await new Promise<number | Error>((resolve) => {
    child.once("error", resolve);
    child.once("close", (exit) => resolve(exit ?? 1));
  });
  if (signal.aborted) throw new UserError("CANCELLED", "Fetching the packages was cancelled.", "Try again.");
  if (code === 0) return;
  throw npmFailure(code instanceof Error ? code.message : tail.join("\n"));
};

function wordsFor({ work, platform }: { readonly work: NpmWork; readonly platform: SandboxPlatform }): readonly string[] {
  const quietly = ["--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=notice"];
  const target = [`--os=${platform.os}`, `--cpu=${platform.arch}`, ...(platform.os === "linux" ? ["--libc=glibc"] : [])];
  switch (work) {
    case "install":
      return ["install", ...quietly, ...target];
    case "exactly":
      return ["ci", ...quietly, ...target];
    case "lock":
      return ["install", "--package-lock-only", "--omit-lockfile-registry-resolved", ...quietly];
    default:
      return assertNever(work);
  }
}

/** What npm's last words say, as an error with a remedy: npm names what went wrong by a code of its own (`npm error code E404`). */
export function npmFailure(why: string): UserError {
  const code = /^npm (?:error|ERR!) code (\w+)$/mu.exec(why)?.[1] ?? "";
  if (code === "E404" || code === "ETARGET" || code === "ENOVERSIONS")
    return new UserError("PACKAGE_NOT_FOUND", "The registry has no such package or version.", "Check the name and the version.");
  if (code === "EINTEGRITY") {
    return new UserError(
      "PACKAGE_MISMATCH",
      `A package is not what was confirmed: its content has another hash. ${inWords(why)}`,
      "Do not use it. Ask its makers, or resolve the package anew and look at what changed.",
    );
  }
  return new UserError(
    "AGENT_FAILED",
    `npm could not fetch the packages: ${inWords(why)}`,
    "Check the connection to the package registry, and the free space, then try again.",
  );
}

/** npm's last words without what it puts before each line, and without where its log lies. */
function inWords(why: string): string {
  const lines = why.split("\n").map((line) => line.replace(/^npm (?:error|ERR!)(?: (?:code )?[A-Z0-9]{3,})?(?:\s|$)/u, "").trim());
  return lines.filter((line) => line !== "" && !line.startsWith("A complete log of this run")).join(" ");
}
