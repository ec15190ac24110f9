import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../kernel/errors.ts";
import type { SandboxPlatform } from "../../sandbox/driver.ts";
import type { AgentProfile } from "../agent-profile.ts";
import type { PythonTarget } from "./python-target.ts";

/** Everything that decides what stands in a folder of packages, and the name that follows from it. */
export interface PackagePlan {
  /** Agent or server that it is for; the folder's name begins with it. */
  readonly owner: string;
  /** `exactly` wherever there is a lock: what it does not name is not installed, and one that does not fit is an error. */
  readonly work: "install" | "exactly";
  readonly platform: SandboxPlatform;
  /** Name to exact version. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** The lock file's text; null where nothing pins what they depend on. */
  readonly lock: string | null;
  readonly files: AgentProfile["packageFiles"];
  /** For wheels of Python, by their hashes; absent for packages of npm. */
  readonly python?: { readonly target: PythonTarget; readonly requirements: string };
  readonly hash: string;
}

/** Grows when the same plan would make another folder than before. */
const layout = 1;

/** The plan for one platform; null for an agent that runs from what the sandbox has anyway. */
export async function planPackages(
  profile: Pick<AgentProfile, "id" | "npmPackages" | "lock" | "packageFiles">,
  platform: SandboxPlatform,
  lockFolder: string,
): Promise<PackagePlan | null> {
  if (profile.npmPackages.length === 0 && profile.packageFiles.length === 0) return null;
  const dependencies = Object.fromEntries(profile.npmPackages.map((words) => splitVersion(words.replaceAll("{arch}", platform.arch))));
  const lock = await lockFor(profile.lock, platform, lockFolder);
  const work = lock === null ? "install" : "exactly";
  return planOf({ owner: profile.id, work, platform, dependencies, lock, files: profile.packageFiles });
}

/** A plan with the hash that names it: the same content has the same one. */
export function planOf(plan: Omit<PackagePlan, "hash">): PackagePlan {
  const { platform, dependencies, lock, files, python } = plan;
  const hash = createHash("sha256")
    .update(JSON.stringify({ layout, platform, dependencies, lock, files, python }))
    .digest("hex")
    .slice(0, 32);
  return { ...plan, hash };
}

function splitVersion(words: string): readonly [name: string, version: string] {
  const at = words.lastIndexOf("@");
  return [words.slice(0, at), words.slice(at + 1)];
}

/**
 * A lock that is named for one processor may be missing for another: its packages are then held to their exact versions,
 * and not to a hash. One that is named for all has to be there.
 */
async function lockFor(name: string | null, { arch }: SandboxPlatform, folder: string): Promise<string | null> {
  if (name === null) return null;
  try {
    return await readFile(join(folder, name.replaceAll("{arch}", arch)), "utf8");
  } catch (error) {
    if (name.includes("{arch}") && error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new UserError("AGENT_FAILED", `The lock file ${name} of the agent is not there.`, "Install Gatehouse again.", { cause: error });
  }
}
