import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Ids of the containers of the install that lives in this data folder, running or not. */
export function containersOf(dataFolder: string): readonly string[] {
  const file = join(dataFolder, "install-id");
  if (!existsSync(file)) return [];
  const label = `${installLabel}=${readFileSync(file, "utf8").trim()}`;
  return docker("ps", "-aq", "--filter", `label=${label}`);
}

/** As `containersOf`, of those that run: what a stopped task goes on with is kept, and stands still. */
export function runningContainersOf(dataFolder: string): readonly string[] {
  const running = docker("ps", "-q");
  return containersOf(dataFolder).filter((id) => running.includes(id));
}

/** Removes what a test that failed has left, and nothing else. */
export function removeContainersOf(dataFolder: string): void {
  const ids = containersOf(dataFolder);
  if (ids.length > 0) docker("rm", "-f", "-v", ...ids);
}

/** The sandbox dies at once, and all that runs in it. */
export function killContainer(id: string): void {
  docker("kill", id);
}

const installLabel = "dev.gatehouse.install";

function docker(...parameters: readonly string[]): readonly string[] {
  try {
    return execFileSync("docker", [...parameters], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .split("\n")
      .filter((line) => line !== "");
  } catch {
    return [];
  }
}
