// Installs system packages with the platform's own package manager. Without dependencies and in plain
// JavaScript, because the scripts of the repository use it before anything has been built.
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";

/** @import { Manager, Plan, SystemView, What } from "./system-packages.d.mts" */

/** Lists of packages older than this are fetched again, milliseconds. */
const listsAgeMs = 24 * 3_600_000;

/**
 * What is needed, by package manager. `test` comes on top of `local`.
 * @type {Record<Manager, Record<What, readonly string[]>>}
 */
export const packageTable = {
  "apt-get": {
    local: ["bubblewrap", "socat", "ripgrep"],
    test: [
      "docker.io",
      "chromium",
      "xvfb",
      "xauth",
      "dbus-x11",
      "gnome-keyring",
      "libsecret-1-0",
      "debootstrap",
      "unzip",
      "openssl",
      "git-lfs",
      "wget",
      "procps",
      "fonts-liberation",
      "dunst",
      "dbus-bin",
      "xdotool",
    ],
  },
  dnf: {
    local: ["bubblewrap", "socat", "ripgrep"],
    test: [
      "moby-engine",
      "chromium",
      "xorg-x11-server-Xvfb",
      "xorg-x11-xauth",
      "dbus-daemon",
      "gnome-keyring",
      "libsecret",
      "debootstrap",
      "unzip",
      "openssl",
      "git-lfs",
      "wget",
      "procps-ng",
      "dunst",
      "xdotool",
    ],
  },
  pacman: {
    local: ["bubblewrap", "socat", "ripgrep"],
    test: [
      "docker",
      "chromium",
      "xorg-server-xvfb",
      "xorg-xauth",
      "dbus",
      "gnome-keyring",
      "libsecret",
      "debootstrap",
      "unzip",
      "openssl",
      "git-lfs",
      "wget",
      "dunst",
      "xdotool",
    ],
  },
  zypper: {
    local: ["bubblewrap", "socat", "ripgrep"],
    test: [
      "docker",
      "chromium",
      "xvfb-run",
      "xauth",
      "dbus-1",
      "gnome-keyring",
      "libsecret-1-0",
      "debootstrap",
      "unzip",
      "openssl",
      "git-lfs",
      "wget",
      "dunst",
      "xdotool",
    ],
  },
  // macOS brings Seatbelt along; only what searches and relays is missing.
  brew: { local: ["socat", "ripgrep"], test: ["colima", "docker"] },
};

/** @type {readonly Manager[]} */
const managers = ["apt-get", "dnf", "pacman", "zypper", "brew"];

/**
 * Looks at this machine.
 * @returns {SystemView}
 */
export function viewSystem() {
  const manager = managers.find((name) => (name === "brew") === (process.platform === "darwin") && has(name)) ?? null;
  return {
    platform: process.platform,
    manager,
    debianVersion: debianVersion(),
    isRoot: process.getuid?.() === 0,
    hasSudo: has("sudo"),
    hasPkexec: has("pkexec"),
    hasTerminal: process.stdin.isTTY,
    listsAreFresh: manager !== "apt-get" || debianListsAreFresh(),
    isInstalled: (name) => manager !== null && isInstalled(manager, name),
  };
}

/**
 * What has to be run to have the packages; nothing when they are all there.
 * @param {What} what
 * @param {SystemView} system
 * @returns {Plan}
 */
export function planSetUp(what, system) {
  const { manager } = system;
  if (manager === null) {
    return { missing: [], present: [], commands: [], problem: `No package manager that is known here (${managers.join(", ")}) was found.` };
  }
  const wanted = [...packageTable[manager].local, ...(what === "test" ? [...packageTable[manager].test, ...separateClient(system)] : [])];
  const missing = wanted.filter((name) => !system.isInstalled(name));
  const present = wanted.filter((name) => !missing.includes(name));
  if (missing.length === 0) return { missing, present, commands: [], problem: null };
  const elevated = elevation(system);
  if (elevated === null) {
    return {
      missing,
      present,
      commands: [],
      problem: `Installing ${missing.join(", ")} needs the rights of an administrator, and neither sudo nor pkexec is there.`,
    };
  }
  return {
    missing,
    present,
    commands: installCommands(manager, missing, system.listsAreFresh).map((words) => [...elevated, ...words]),
    problem: null,
  };
}

/**
 * From Debian 13 on the command `docker` is a package of its own.
 * @param {SystemView} system
 */
function separateClient({ manager, debianVersion }) {
  return manager === "apt-get" && debianVersion !== null && debianVersion >= 13 ? ["docker-cli"] : [];
}

/**
 * Runs a plan, a line of its output at a time. Rejects with the words of what failed.
 * @param {Plan} plan
 * @param {{ onLine: (line: string) => void, signal?: AbortSignal | undefined }} options
 */
export async function runPlan(plan, { onLine, signal }) {
  if (plan.problem !== null) throw new Error(plan.problem);
  for (const words of plan.commands) {
    signal?.throwIfAborted();
    onLine(`$ ${words.join(" ")}`);
    await runCommand(words, onLine, signal);
  }
  const system = viewSystem();
  const absent = plan.missing.filter((name) => !system.isInstalled(name));
  if (absent.length > 0) throw new Error(`The package manager reported success, but ${absent.join(", ")} is not installed.`);
}

/**
 * @param {Manager} manager
 * @param {readonly string[]} names
 * @param {boolean} listsAreFresh
 * @returns {string[][]}
 */
function installCommands(manager, names, listsAreFresh) {
  switch (manager) {
    case "apt-get": {
      const unattended = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"];
      const update = listsAreFresh ? [] : [[...unattended, "update"]];
      return [...update, [...unattended, "install", "-y", "--no-install-recommends", ...names]];
    }
    case "dnf":
      return [["dnf", "install", "-y", "--setopt=install_weak_deps=False", ...names]];
    case "pacman":
      return [["pacman", "-Sy", "--noconfirm", "--needed", ...names]];
    case "zypper":
      return [["zypper", "--non-interactive", "install", "--no-recommends", ...names]];
    default:
      return [["brew", "install", ...names]];
  }
}

/**
 * @param {SystemView} system
 * @returns {string[] | null}
 */
function elevation({ manager, isRoot, hasSudo, hasPkexec, hasTerminal }) {
  if (isRoot || manager === "brew") return [];
  if (hasSudo && hasTerminal) return ["sudo"];
  if (hasPkexec) return ["pkexec"];
  return hasSudo ? ["sudo", "-n"] : null;
}

/**
 * @param {readonly string[]} words
 * @param {(line: string) => void} onLine
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<void>}
 */
function runCommand(words, onLine, signal) {
  return new Promise((resolve, reject) => {
    const [program = "", ...parameters] = words;
    const options = signal === undefined ? {} : { signal };
    const child = spawn(program, parameters, { ...options, stdio: ["inherit", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } });
    /** @type {string[]} */
    const tail = [];
    for (const stream of [child.stdout, child.stderr]) {
      let unfinished = "";
      stream.setEncoding("utf8").on("data", (text) => {
        const lines = (unfinished + text).split(/[\r\n]+/);
        unfinished = lines.pop() ?? "";
        for (const line of lines) tell(line);
      });
      stream.on("end", () => tell(unfinished));
    }
    function tell(line) {
      if (line.trim() === "") return;
      tail.push(line);
      if (tail.length > 5) tail.shift();
      onLine(line);
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`'${words.join(" ")}' failed (exit code ${code ?? "none"}): ${tail.join(" / ")}`));
    });
  });
}

/**
 * @param {Manager} manager
 * @param {string} name
 */
function isInstalled(manager, name) {
  switch (manager) {
    case "apt-get": {
      const { stdout } = spawnSync("dpkg-query", ["-W", "-f=${db:Status-Status}", name], { encoding: "utf8" });
      return stdout === "installed";
    }
    case "pacman":
      return succeeds("pacman", ["-Q", name]);
    case "brew":
      return succeeds("brew", ["list", "--formula", name]);
    default:
      return succeeds("rpm", ["-q", "--whatprovides", name]);
  }
}

/** The number of a Debian release; null on anything else. */
function debianVersion() {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    const version = /^VERSION_ID="?(\d+)"?$/m.exec(text)?.[1];
    return /^ID="?debian"?$/m.test(text) && version !== undefined ? Number(version) : null;
  } catch {
    return null;
  }
}

/** A machine whose lists are empty or old would be told that packages do not exist. */
function debianListsAreFresh() {
  try {
    const folder = "/var/lib/apt/lists";
    const lists = readdirSync(folder).filter((name) => /_(Packages|InRelease)/.test(name));
    return lists.some((name) => name.includes("_Packages") && Date.now() - statSync(`${folder}/${name}`).ctimeMs < listsAgeMs);
  } catch {
    return false;
  }
}

/** @param {string} program */
function has(program) {
  return succeeds("sh", ["-c", 'command -v "$1"', "sh", program]);
}

/**
 * @param {string} program
 * @param {readonly string[]} parameters
 */
function succeeds(program, parameters) {
  return spawnSync(program, parameters, { stdio: "ignore" }).status === 0;
}
