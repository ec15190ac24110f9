import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { UserError } from "../../kernel/errors.ts";
import type { SandboxPlatform } from "../../sandbox/driver.ts";
import { lastWords } from "../hostile-text.ts";

/** How long an installation may take. Some agents weigh half a gigabyte. Milliseconds. */
const limitMs = 20 * 60_000;

export type RunNpm = (folder: string, platform: SandboxPlatform, onLine: (line: string) => void, signal: AbortSignal) => Promise<void>;

/**
 * Installs what the `package.json` in `folder` names, for the sandbox's platform, with this computer's own npm
 * and its settings (registry, proxy). No script of any package runs (`--ignore-scripts`): nothing of an
 * agent is executed outside a sandbox. AGENT_FAILED with npm's last words.
 */
export const runNpm: RunNpm = async (folder, platform, onLine, signal) => {
  const npm = await findNpm(process.env["PATH"]);
  if (npm === null) {
    throw new UserError(
      "AGENT_FAILED",
      "npm is not installed on this computer; agents are installed with it.",
      "Install Node.js with npm (20.19 or newer), then try again.",
    );
  }
  const words = [
    ...["install", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=notice"],
    ...[`--os=${platform.os}`, `--cpu=${platform.arch}`, ...(platform.os === "linux" ? ["--libc=glibc"] : [])],
  ];
  const { NODE_OPTIONS: _options, ...environment } = process.env;
  const isWindows = process.platform === "win32";
  const child = spawn(npm, words, {
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
  if (signal.aborted) throw new UserError("CANCELLED", "Installing the agent was cancelled.", "Try again.");
  if (code === 0) return;
  const why = code instanceof Error ? code.message : tail.join("\n");
  throw new UserError(
    "AGENT_FAILED",
    `npm could not install the agent: ${why}`,
    "Check the connection to the package registry, and the free space, then try again.",
  );
};

async function findNpm(path: string | undefined): Promise<string | null> {
  const name = process.platform === "win32" ? "npm.cmd" : "npm";
  for (const folder of (path ?? "").split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
