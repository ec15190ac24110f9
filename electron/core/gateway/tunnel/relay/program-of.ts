import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Processes and open files looked at for one connection, at most; and for how long, milliseconds. */
const maximumProcesses = 256;
const maximumFiles = 256;
const limitMs = 10;

/** Share of its time that the relay spends on hints: under a flood of connections it has better things to do. */
const maximumShare = 0.05;
/** Look-ups that come after a quiet time need not wait, milliseconds. */
const graceMs = 1_000;
let restUntil = 0;

/** The process that was found last is often the one that connects next. */
let lastFound: string | null = null;

/**
 * Name of the program whose connection comes from this loopback port, from Linux's /proc; null where it
 * cannot be told. A process calls itself what it likes: this is a hint.
 */
export function programOf(port: number): string | null {
  const begun = performance.now();
  if (begun < restUntil) return null;
  try {
    return lookUp(port, begun + limitMs);
  } catch {
    // No /proc here, or the process is gone.
    return null;
  } finally {
    const now = performance.now();
    restUntil = Math.max(restUntil, now - graceMs) + (now - begun) / maximumShare;
  }
}

function lookUp(port: number, until: number): string | null {
  const inode = inodeOf(port);
  if (inode === null) return null;
  const wanted = `socket:[${inode}]`;
  if (lastFound !== null && holds(lastFound, wanted)) return nameOf(lastFound);
  const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (const id of ids.reverse().slice(0, maximumProcesses)) {
    if (performance.now() > until) return null;
    if (!holds(id, wanted)) continue;
    lastFound = id;
    return nameOf(id);
  }
  return null;
}

/** The row of /proc/net/tcp whose local end is 127.0.0.1 (or its IPv4-mapped form) with this port. */
function inodeOf(port: number): string | null {
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readFileSync(table, "latin1").split("\n")) {
      const words = line.trim().split(/\s+/);
      if (words[1]?.endsWith(end) === true && words[9] !== undefined && words[9] !== "0") return words[9];
    }
  }
  return null;
}

function holds(id: string, wanted: string): boolean {
  try {
    const folder = `/proc/${id}/fd`;
    return readdirSync(folder)
      .slice(0, maximumFiles)
      .some((name) => readlinkSync(`${folder}/${name}`) === wanted);
  } catch {
    return false;
  }
}

function nameOf(id: string): string | null {
  const name = readFileSync(`/proc/${id}/comm`, "utf8").trim();
  return name === "" ? null : name;
}
