import type { McpPackage, PackageRegistry } from "#shared/contract/mcp.ts";
import { planOf, type PackagePlan } from "../agents/packages/package-plan.ts";
import { type LockedPackage, readLock } from "../agents/packages/package-lock.ts";
import { launchScript } from "../agents/packages/pip-scripts.ts";
import { lockedPackages, type PythonLock, readPythonLock, requirementsOf } from "../agents/packages/python-lock.ts";
import { barePython } from "../agents/packages/python-target.ts";
import type { SandboxPlatform } from "../sandbox/driver.ts";

/** What a lock says, whichever registry it is of. */
export interface ServerLock {
  readonly registry: PackageRegistry;
  /** The one that was asked for. */
  readonly main: LockedPackage;
  /** All that come along, the main one too. */
  readonly packages: readonly LockedPackage[];
  readonly programs: readonly string[];
  /** What it was chosen for, where that is one sandbox's Python alone. */
  readonly chosenFor: McpPackage["chosenFor"];
  /** Where in the folder of packages the files are that its pinned hash is over; empty for all of it. */
  readonly tree: string;
  /** How the folder of packages is made; null where it cannot be for that platform. */
  readonly plan: (platform: SandboxPlatform) => PackagePlan | null;
  /** What starts a program; null where there is none of that name. `folder`: where the sandbox has the packages. */
  readonly command: (folder: string, program: string) => readonly [string, ...string[]] | null;
}

/** `name`: what was asked for. Throws PACKAGE_REFUSED for a lock that does not hold everything. */
export function readServerLock(name: string, text: string): ServerLock {
  const python = readPythonLock(text);
  return python === null ? npmLock(name, text) : pythonLock(python);
}

function npmLock(name: string, text: string): ServerLock {
  const { main, packages, programs } = readLock(text, name);
  return {
    ...{ registry: "npm", main, packages, programs: Object.keys(programs), chosenFor: null, tree: "node_modules" },
    plan: (platform) =>
      planOf({ owner: ownerOf(name), work: "exactly", platform, dependencies: { [name]: main.version }, lock: text, files: [] }),
    command: (folder, program) => {
      const path = Object.hasOwn(programs, program) ? programs[program] : undefined;
      return path === undefined ? null : ["node", `${folder}/node_modules/${name}/${path.replace(/^\.\//u, "")}`];
    },
  };
}

function pythonLock(lock: PythonLock): ServerLock {
  const packages = lockedPackages(lock);
  const main = packages.find(({ name }) => name === lock.main);
  if (main === undefined) throw new Error("A lock of Python packages does not name its own.");
  const { os, arch, python } = lock.target;
  return {
    ...{ registry: "pypi", main, packages, programs: Object.keys(lock.programs), chosenFor: { os, arch, python }, tree: "" },
    plan: (platform) => {
      if (platform.os !== os || platform.arch !== arch) return null;
      // What else an object says of a platform is not part of its name.
      const plain = { os, arch };
      const wheels = { target: lock.target, requirements: requirementsOf(lock.packages) };
      const files = [{ path: "launch.py", content: launchScript }];
      return planOf({ owner: ownerOf(lock.main), work: "exactly", platform: plain, dependencies: {}, lock: null, files, python: wheels });
    },
    command: (folder, program) => {
      const start = Object.hasOwn(lock.programs, program) ? lock.programs[program] : undefined;
      return start === undefined ? null : [...barePython, `${folder}/launch.py`, python, start.module, start.attribute, program];
    },
  };
}

function ownerOf(name: string): string {
  return `mcp-${name.replaceAll(/[^a-z0-9]+/giu, "-").replaceAll(/^-|-$/gu, "")}`;
}
