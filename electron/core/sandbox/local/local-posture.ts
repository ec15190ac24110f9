import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { homedir, release } from "node:os";
import type { Posture } from "../driver.ts";
import type { ControlGroup } from "./control-group.ts";
import type { SandboxFolders } from "./folders.ts";

/** What the kernel tells about a process of the sandbox, read from outside, where nothing in it can lie. */
export interface Readings {
  readonly status: ReadonlyMap<string, string>;
  readonly interfaces: readonly string[];
  /** Processes and threads that it may have at once; null for any number. */
  readonly processLimit: number | null;
  /** Whether its network is core's own. */
  readonly sharesNetwork: boolean;
  /** Mounts of real file systems that it can write. */
  readonly writable: readonly string[];
  /** Places of the host that it should not see, and does. */
  readonly visible: readonly string[];
}

/** File systems without anything of the host in them. */
const harmless = new Set(["tmpfs", "proc", "devpts", "devtmpfs", "sysfs", "mqueue", "cgroup", "cgroup2"]);

/** Sockets and folders through which a process could leave the sandbox or find keys. */
const mustBeHidden = ["/var/run/docker.sock", "/run/docker.sock", "/run/dbus", "/run/user", "/run/containerd", "/etc/shadow", "/etc/ssh"];

export async function takeReadings(pid: number, folders: SandboxFolders): Promise<Readings> {
  const inside = `/proc/${pid}`;
  const [status, limits, devices, mounts, own, theirs] = await Promise.all([
    readFile(`${inside}/status`, "utf8"),
    readFile(`${inside}/limits`, "utf8"),
    readFile(`${inside}/net/dev`, "utf8"),
    readFile(`${inside}/mounts`, "utf8"),
    readlink("/proc/self/ns/net"),
    readlink(`${inside}/ns/net`),
  ]);
  return {
    status: new Map(status.split("\n").map((line) => [line.split(":")[0] ?? "", (line.split(":")[1] ?? "").trim().split(/\s+/)[0] ?? ""])),
    interfaces: devices.split("\n").flatMap((line) => (line.includes(":") ? [(line.split(":")[0] ?? "").trim()] : [])),
    processLimit: processLimit(limits),
    sharesNetwork: own === theirs,
    writable: writableMounts(mounts).filter((path) => ![folders.workspace, folders.home, folders.temporary].includes(path)),
    visible: await seen(`${inside}/root`, folders),
  };
}

/** Pure, so that every claim can be tested against readings that break it. */
export function judge(readings: Readings, limited: ControlGroup["limited"]): Posture {
  const { status, interfaces, sharesNetwork, writable, visible } = readings;
  const network = !sharesNetwork && interfaces.every((name) => name === "lo") ? "none" : "present";
  const claims: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [network === "none", "it has a network"],
    [status.get("Uid") !== undefined && status.get("Uid") !== "0", "it runs as root"],
    [isZero(status.get("CapEff")) && isZero(status.get("CapPrm")), "it holds capabilities"],
    [status.get("NoNewPrivs") === "1", "new privileges can be had"],
    [writable.length === 0, `it can write ${writable.join(", ")}`],
    [visible.length === 0, `it can see ${visible.join(", ")}`],
    [limited.has("memory"), "its memory is limited for each process, not for all together"],
    [limited.has("cpu"), "its CPU is not limited"],
    [limited.has("pids") || readings.processLimit !== null, "its processes are not limited"],
    [status.get("Seccomp") === "2", "no seccomp filter is on"],
  ];
  return {
    network,
    badge: {
      driver: "local",
      label: "Local process sandbox",
      weaker: [
        "it reads this computer's system programs and libraries",
        "its seccomp filter stops Unix sockets and little else",
        ...claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
      ],
    },
    facts: {
      processes: readings.processLimit === null ? (limited.has("pids") ? "limited" : "no limit") : String(readings.processLimit),
      network: sharesNetwork ? "this computer's own" : `interfaces: ${interfaces.join(", ")}`,
      user: `uid ${status.get("Uid") ?? "unknown"}`,
      capabilities: status.get("CapEff") ?? "unknown",
      "capability bound": status.get("CapBnd") ?? "unknown",
      "no new privileges": status.get("NoNewPrivs") === "1" ? "yes" : "no",
      seccomp: status.get("Seccomp") === "2" ? "filter" : "none",
      "root file system": writable.length === 0 ? "read-only, or thrown away" : `writable: ${writable.join(", ")}`,
      limits: limited.size === 0 ? "for each process only" : [...limited].join(", "),
      disk: "no limit of its own",
    },
  };
}

/** A limit on a user's processes counts within the user's own namespace from Linux 5.14 on; before, over the whole computer. */
export function countsPerNamespace(): boolean {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  return process.platform === "linux" && (major > 5 || (major === 5 && minor >= 14));
}

function processLimit(limits: string): number | null {
  const soft = /^Max processes\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined || !countsPerNamespace() ? null : Number(soft);
}

/** The mount that was made last at a path is the one that is seen there. */
function writableMounts(mounts: string): readonly string[] {
  const last = new Map<string, boolean>();
  for (const line of mounts.split("\n")) {
    const [, path, type, options] = line.split(" ");
    if (path === undefined || type === undefined || options === undefined) continue;
    last.set(unescaped(path), !harmless.has(type) && options.split(",").includes("rw"));
  }
  return [...last].flatMap(([path, isWritable]) => (isWritable ? [path] : []));
}

/** Octal escapes of `/proc/mounts` (proc(5)): `\\040` is a space. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

async function seen(root: string, folders: SandboxFolders): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of mustBeHidden) if ((await stat(root + path).catch(() => null)) !== null) found.push(path);
  const home = homedir();
  const entries = await readdir(root + home).catch(() => []);
  if (entries.some((name) => !folders.root.startsWith(`${home}/${name}`))) found.push(home);
  return found;
}

function isZero(mask: string | undefined): boolean {
  return mask !== undefined && /^0+$/.test(mask);
}
