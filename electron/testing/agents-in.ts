import { execFileSync } from "node:child_process";
import { markVariable } from "../core/sandbox/docker/signal-script.ts";

/**
 * How many agents are at work in the container of this name: processes whose command names the practice agent, told apart by the
 * mark that each exec carries. What an agent has just forked still has its command line, and stays one with it by its mark; one
 * whose mark cannot be read counts for itself.
 */
export function agentsIn(container: string): number {
  const rows = processesOf(container).filter((line) => /\bnode\b.*practice-agent/.test(line));
  return new Set(rows.map((line) => mark.exec(line)?.[1] ?? line.trim().split(/\s+/)[0])).size;
}

const mark = new RegExp(`\\b${markVariable}=(\\w+)`);

/** None where the container has just ended. `e`: with the environment of each. */
function processesOf(container: string): readonly string[] {
  try {
    return execFileSync("docker", ["top", container, "eww", "-o", "pid,args"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).split("\n");
  } catch {
    return [];
  }
}
