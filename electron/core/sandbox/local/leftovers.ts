import { environmentValue, processTable, sandboxVariable } from "./process-table.ts";
import { withoutOwnLine } from "./signal-tree.ts";

/** Whether something of this sandbox still runs, whoever started it. */
export async function hasLeftovers(installId: string, sandboxId: string): Promise<boolean> {
  return (await leftovers(installId, sandboxId)).length > 0;
}

/** Kills what is left of a sandbox that this process did not start, or no longer holds. */
export async function endLeftovers(installId: string, sandboxId: string): Promise<void> {
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const pids = await leftovers(installId, sandboxId);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        continue;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function leftovers(installId: string, sandboxId: string): Promise<readonly number[]> {
  const mark = `${installId}/${sandboxId}`;
  const table = await processTable();
  const rows = withoutOwnLine(table, table).filter((row) => !row.isZombie);
  const marked = await Promise.all(rows.map(async ({ pid }) => ((await environmentValue(pid, sandboxVariable)) === mark ? [pid] : [])));
  return marked.flat();
}
