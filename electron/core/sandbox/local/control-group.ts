import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunLimits } from "#shared/contract/task.ts";

/** What the kernel enforces over all processes of a sandbox together. */
export interface ControlGroup {
  readonly limited: ReadonlySet<"memory" | "cpu" | "pids">;
  /** Puts a process in, and with it all that it will start. */
  add(pid: number): Promise<void>;
  /** Whether the kernel had to kill for want of memory. */
  ranOutOfMemory(): Promise<boolean>;
  remove(): Promise<void>;
}

const root = "/sys/fs/cgroup";

/**
 * A control group with the limits of a run, where core may make one (as root: version 2, or the
 * hierarchies of version 1). An empty one where it may not: {@link ControlGroup.limited} tells.
 */
export async function makeControlGroup(name: string, limits: RunLimits): Promise<ControlGroup> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return none;
  return existsSync(join(root, "cgroup.controllers")) ? await versionTwo(name, limits) : await versionOne(name, limits);
}

export function controlGroupName(installId: string, sandboxId: string): string {
  return `${installId}-${sandboxId}`;
}

/** Removes what a core that was killed left of a group. */
export async function removeControlGroup(name: string): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return;
  await removeWhenEmpty(["", ...versionOneControllers].map((controller) => join(root, controller, "gatehouse", name)));
}

const versionOneControllers = ["memory", "pids", "cpu"] as const;

async function versionTwo(name: string, limits: RunLimits): Promise<ControlGroup> {
  const parent = join(root, "gatehouse");
  const folder = join(parent, name);
  await attempt(() => writeFile(join(root, "cgroup.subtree_control"), "+memory +cpu +pids"));
  await attempt(() => mkdir(parent, { recursive: true }));
  await attempt(() => writeFile(join(parent, "cgroup.subtree_control"), "+memory +cpu +pids"));
  if (!(await attempt(() => mkdir(folder, { recursive: true })))) return none;
  const limited = new Set<"memory" | "cpu" | "pids">();
  const set = async (what: "memory" | "cpu" | "pids", file: string, value: string) => {
    if (await attempt(() => writeFile(join(folder, file), value))) limited.add(what);
  };
  await set("memory", "memory.max", String(memoryBytes(limits)));
  await attempt(() => writeFile(join(folder, "memory.swap.max"), "0"));
  await set("pids", "pids.max", String(limits.pids));
  await set("cpu", "cpu.max", `${limits.cpuPercent * 1_000} 100000`);
  return {
    limited,
    add: (pid) => writeFile(join(folder, "cgroup.procs"), String(pid)),
    ranOutOfMemory: async () => /^oom_kill [1-9]/m.test(await readFile(join(folder, "memory.events"), "utf8").catch(() => "")),
    remove: () => removeWhenEmpty([folder]),
  };
}

async function versionOne(name: string, limits: RunLimits): Promise<ControlGroup> {
  const wanted = [
    ["memory", "memory.limit_in_bytes", String(memoryBytes(limits))],
    ["pids", "pids.max", String(limits.pids)],
    ["cpu", "cpu.cfs_quota_us", String(limits.cpuPercent * 1_000)],
  ] as const;
  const folders: string[] = [];
  const limited = new Set<"memory" | "cpu" | "pids">();
  for (const [what, file, value] of wanted) {
    const folder = join(root, what, "gatehouse", name);
    if (!existsSync(join(root, what, "cgroup.procs"))) continue;
    if (!(await attempt(() => mkdir(folder, { recursive: true })))) continue;
    folders.push(folder);
    if (await attempt(() => writeFile(join(folder, file), value))) limited.add(what);
    if (what === "memory") await attempt(() => writeFile(join(folder, "memory.memsw.limit_in_bytes"), value));
  }
  return {
    limited,
    add: async (pid) => {
      for (const folder of folders) await writeFile(join(folder, "cgroup.procs"), String(pid));
    },
    ranOutOfMemory: async () => {
      const control = await readFile(join(root, "memory/gatehouse", name, "memory.oom_control"), "utf8").catch(() => "");
      return /^oom_kill [1-9]/m.test(control);
    },
    remove: () => removeWhenEmpty(folders),
  };
}

const none: ControlGroup = {
  limited: new Set(),
  add: async () => undefined,
  ranOutOfMemory: async () => false,
  remove: async () => undefined,
};

function memoryBytes(limits: RunLimits): number {
  return limits.memoryMiB * 1024 * 1024;
}

/** The kernel takes a moment to let go of a group after its last process. */
async function removeWhenEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    for (let tries = 0; tries < 50; tries += 1) {
      if (!existsSync(folder) || (await attempt(() => rmdir(folder)))) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

async function attempt(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch {
    return false;
  }
}
