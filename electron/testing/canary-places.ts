import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RouterClient } from "@orpc/server";
import type { TaskId, TerminalId } from "#shared/contract/ids.ts";
import type { CoreRouter } from "../core/rpc/router.ts";

/** Containers of the install whose bench lives in this folder. */
export function containersOfBench(folder: string): readonly string[] {
  const install = readFileSync(join(folder, "data/install-id"), "utf8").trim();
  const listed = execFileSync("docker", ["ps", "-q", "--filter", `label=dev.gatehouse.install=${install}`], { encoding: "utf8" });
  return listed.split("\n").filter((id) => id !== "");
}

export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

/** What stands on each screen of the task. */
export async function screensOf(client: RouterClient<CoreRouter>, taskId: TaskId): Promise<readonly string[]> {
  const screens: string[] = [];
  const terminals: TerminalId[] = [];
  for await (const event of await client.terminals.watch({ taskId })) {
    terminals.push(...event.terminals.map(({ id }) => id));
    break;
  }
  for (const id of terminals)
    for await (const frame of await client.terminals.attach({ id })) {
      if (frame.kind === "snapshot") screens.push(frame.data);
      if (frame.kind !== "attached") break;
    }
  return screens;
}
