import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** What some tests need and a bare machine has not. */
export type Engine =
  | "docker"
  | "own-docker"
  | "local-sandbox"
  | "browser"
  | "electron"
  | "keychain"
  | "notifications"
  | "agents"
  | "git-lfs"
  | "package-tools"
  | "pip"
  | "go"
  | "cargo"
  | "java"
  | "mvn"
  | "wget";

const required = new Set((process.env["GATEHOUSE_REQUIRE"] ?? "").split(",").filter((name) => name !== ""));

/** Why the engine cannot be used here; null when it can. Asked once per process. */
export function missing(engine: Engine): string | null {
  const known = answers.get(engine);
  if (known !== undefined) return known;
  const answer = probes[engine]();
  answers.set(engine, answer);
  return answer;
}

/**
 * A suite that needs an engine. Without it the suite is skipped by name with the reason, or fails
 * when `GATEHOUSE_REQUIRE` names the engine.
 */
export function describeWith(engines: Engine | readonly Engine[], title: string, body: () => void): void {
  const absent = [engines].flat().flatMap((engine) => {
    const reason = missing(engine);
    return reason === null ? [] : [{ engine, reason }];
  });
  if (absent.length === 0) return void describe(title, body);
  const reasons = absent.map(({ engine, reason }) => `${engine}: ${reason}`).join("; ");
  if (absent.some(({ engine }) => required.has(engine))) {
    describe(title, () => test("has the engine that GATEHOUSE_REQUIRE asks for", () => expect.fail(reasons)));
    return;
  }
  describe.skip(`${title} (skipped, ${reasons})`, body);
}

/** Path of the Chromium that tests drive. */
export function chromiumPath(): string | null {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => existsSync(path)) ?? null;
}

const answers = new Map<Engine, string | null>();

const probes: Record<Engine, () => string | null> = {
  docker: () => {
    if (!runs("docker", ["info"])) return "no Docker engine answers";
    const image = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
    return runs("docker", ["image", "inspect", image]) ? null : `the base image ${image} is not there`;
  },
  "own-docker": () => {
    if (process.getuid?.() !== 0) return "only root may start an engine of its own";
    return missing("docker") ?? (runs("which", ["dockerd"]) ? null : "dockerd is not installed");
  },
  "local-sandbox": () => {
    if (process.platform === "darwin") return null;
    const absent = ["bwrap", "socat", "rg"].filter((program) => !runs("which", [program]));
    if (absent.length > 0) return `${absent.join(", ")} not installed`;
    return runs("bwrap", ["--ro-bind", "/", "/", "--unshare-all", "true"]) ? null : "bubblewrap cannot make a sandbox here";
  },
  "git-lfs": () => (runs("git-lfs", ["version"]) ? null : "git-lfs is not installed"),
  "package-tools": () => {
    const absent = ["npm", "python3", "unzip"].filter((program) => !runs(program, [program === "unzip" ? "-v" : "--version"]));
    if (absent.length > 0) return `${absent.join(", ")} not installed`;
    return runs("npm", ["view", "pnpm", "version"]) ? null : "no package registry answers";
  },
  pip: () => (runs("python3", ["-I", "-m", "pip", "--version"]) ? null : "Python 3 with pip is not installed"),
  go: () => (runs("go", ["version"]) ? null : "Go is not installed"),
  cargo: () => (runs("cargo", ["--version"]) ? null : "Rust is not installed"),
  java: () => (runs("javac", ["--version"]) ? null : "no JDK is installed"),
  mvn: () => (runs("mvn", ["--version"]) ? null : "Maven is not installed"),
  wget: () => (runs("wget", ["--version"]) ? null : "wget is not installed"),
  browser: () => (chromiumPath() === null ? "no Chromium" : null),
  electron: () => {
    const folder = process.env["ELECTRON_OVERRIDE_DIST_PATH"];
    if (folder === undefined || !existsSync(join(folder, "electron"))) return "ELECTRON_OVERRIDE_DIST_PATH names no Electron runtime";
    if (process.env["DISPLAY"] === undefined) return "no display";
    return process.platform !== "linux" || runs("xdotool", ["version"]) ? null : "xdotool is not installed";
  },
  agents: () => {
    if (!runs("npm", ["--version"])) return "npm is not installed";
    return missing("docker") ?? (runs("npm", ["view", "@agentclientprotocol/sdk", "version"]) ? null : "no package registry answers");
  },
  notifications: () => {
    const absent = ["dunst", "dunstctl", "dbus-monitor"].filter((program) => !runs("which", [program]));
    return absent.length > 0 ? `${absent.join(", ")} not installed` : missing("keychain");
  },
  keychain: () => (process.env["DBUS_SESSION_BUS_ADDRESS"] === undefined ? "no session bus" : null),
};

function runs(program: string, parameters: readonly string[]): boolean {
  try {
    execFileSync(program, parameters, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}
