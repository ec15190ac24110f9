import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { EngineReport } from "#shared/contract/sandbox.ts";
import type { RunLimits } from "#shared/contract/task.ts";
import { confine, releaseConfinement } from "./confinement.ts";
import type { ControlGroup } from "./control-group.ts";
import type { SandboxFolders } from "./folders.ts";
import { countsPerNamespace, judge, takeReadings } from "./local-posture.ts";
import type { LaunchPlan, ProcessMode } from "./process-mode.ts";
import type { Owner } from "./process-pipes.ts";
import { findProgram } from "./programs.ts";
import { seatbeltPosture } from "./seatbelt-posture.ts";
import { quote } from "./shell-quote.ts";

const label = "Local process sandbox";

/** Programs that the local sandbox cannot do without. */
const neededPrograms = process.platform === "darwin" ? ["sandbox-exec", "mkfifo", "bash"] : ["bwrap", "mkfifo", "bash", "script"];

const systemPath = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Confined by bubblewrap (Linux) or Seatbelt (macOS). */
export function localMode(path: string | undefined): ProcessMode {
  return {
    kind: "local",
    badge: { driver: "local", label, weaker: [] },
    isConfined: true,
    probe: (owner, where) => probe(path, owner, where),
    plan: async ({ folders, record, runtime, limits, group, signal }) => {
      const owner = record.owner;
      await writeIdentity(folders, owner);
      const inner = `${rlimits(limits, group, owner)}exec ${quote([runtime.node, "--no-warnings", runtime.supervisor])}`;
      const text = await confine(
        {
          folders,
          command: inner,
          readable: [...runtime.readable, ...(record.packages === null ? [] : [record.packages]), ...Object.values(record.servers)],
          replaced: ["passwd", "group", "hosts"].map((name) => ({ path: `/etc/${name}`, by: join(folders.root, name) })),
          seccompHelper: runtime.seccompHelper,
          home: homedir(),
          isDroppedFromRoot: owner !== null,
        },
        signal,
      );
      return { text, release: releaseConfinement } satisfies LaunchPlan;
    },
    path: (node) => [...new Set([dirname(node), ...systemPath])].join(":"),
    inspect: async ({ frame, folders, runtime, limited }) => {
      if (process.platform === "darwin") return await seatbeltPosture(folders, runtime);
      return judge(await takeReadings(frame.supervisor, folders), limited);
    },
  };
}

/**
 * Where there is no control group: processes by count within the sandbox's own user namespace
 * (Linux 5.14 and later count per namespace), memory by process.
 */
function rlimits(limits: RunLimits, group: ControlGroup, owner: Owner | null): string {
  const memory = group.limited.has("memory") ? "" : `ulimit -d ${limits.memoryMiB * 1_024} 2>/dev/null; `;
  const pids = !countsPerNamespace() || (group.limited.has("pids") && owner === null) ? "" : `ulimit -u ${limits.pids} 2>/dev/null; `;
  return `ulimit -c 0; ${memory}${pids}`;
}

/** The names of this computer's users and hosts are none of the agent's business. */
async function writeIdentity(folders: SandboxFolders, owner: Owner | null): Promise<void> {
  const uid = owner?.uid ?? process.getuid?.() ?? 1000;
  const gid = owner?.gid ?? process.getgid?.() ?? 1000;
  const write = async (name: string, text: string) => {
    const path = join(folders.root, name);
    await writeFile(path, text);
    await chmod(path, 0o644);
  };
  await write("passwd", `agent:x:${uid}:${gid}:agent:${folders.home}:/bin/bash\n`);
  await write("group", `agent:x:${gid}:\n`);
  await write("hosts", "127.0.0.1 localhost\n::1 localhost\n");
}

async function probe(path: string | undefined, owner: Owner | null, where: string): Promise<EngineReport> {
  const missing = (what: string, remedy: string, canSetUp: boolean): EngineReport => ({
    driver: "local",
    label,
    status: { kind: "missing", what, remedy, canSetUp },
  });
  if (process.platform === "win32") {
    return missing("The local process sandbox needs Linux or macOS.", "Install Docker Desktop, or run Gatehouse in WSL 2.", false);
  }
  const found = await Promise.all(neededPrograms.map(async (name) => ({ name, at: await findProgram(name, path) })));
  const absent = found.filter(({ at }) => at === null).map(({ name }) => name);
  if (absent.length > 0) {
    return missing(
      `Not installed: ${absent.join(", ")}.`,
      "Install what is missing with the system's package manager (bubblewrap, util-linux).",
      process.platform === "linux",
    );
  }
  if (process.platform === "darwin") {
    return { driver: "local", label, status: { kind: "ready", version: "Seatbelt", where } };
  }
  const problem = await tryBubblewrap(owner);
  if (problem !== null) {
    return missing(
      `bubblewrap cannot make a sandbox here: ${problem}`,
      "Allow user namespaces: 'sysctl kernel.unprivileged_userns_clone=1', and where AppArmor restricts them 'sysctl kernel.apparmor_restrict_unprivileged_userns=0'.",
      false,
    );
  }
  const { stdout } = await promisify(execFile)("bwrap", ["--version"]);
  return { driver: "local", label, status: { kind: "ready", version: stdout.trim(), where } };
}

/** Makes the same namespaces as a sandbox does; the words of what went wrong, or null. */
async function tryBubblewrap(owner: Owner | null): Promise<string | null> {
  const words = [
    "--unshare-net",
    "--unshare-pid",
    "--unshare-user",
    "--cap-drop",
    "ALL",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "true",
  ];
  try {
    await promisify(execFile)("bwrap", words, { timeout: 10_000, cwd: "/", ...owner });
    return null;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").slice(-300);
  }
}
