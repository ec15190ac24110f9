import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { seccompHelper } from "./confinement.ts";
import { ownFolder } from "./folders.ts";
import { copyOnce, isForEveryone, writeOnce } from "./programs.ts";

/** The few files that every sandbox runs from; nothing in a sandbox can write them. */
export interface RuntimeFolder {
  readonly path: string;
  readonly node: string;
  readonly supervisor: string;
  readonly seccompHelper: string | null;
  /** What a sandbox must be able to read to run from it. */
  readonly readable: readonly string[];
}

/**
 * `mustBeReadable` where sandboxes run as another user than core: Node is then copied if that user
 * could not get at it where it is.
 */
export async function runtimeFolder(base: string, node: string, mustBeReadable: boolean): Promise<RuntimeFolder> {
  const path = await ownFolder(join(base, "sandbox-runtime"), mustBeReadable ? 0o755 : 0o700);
  const { default: supervisorText } = await import("./supervisor.mjs?raw");
  const supervisor = join(path, `supervisor-${createHash("sha256").update(supervisorText).digest("hex").slice(0, 12)}.mjs`);
  await writeOnce(supervisor, supervisorText);
  const helper = await seccompHelper();
  const ownNode = mustBeReadable && !(await isForEveryone(node)) ? await copyOnce(node, join(path, "node")) : node;
  return {
    path,
    node: ownNode,
    supervisor,
    seccompHelper: helper === null ? null : await copyOnce(helper, join(path, "apply-seccomp")),
    readable: [path, ...nodeFolders(ownNode)],
  };
}

/** Node and what is installed beside it (npm, corepack): its prefix where it stands in a `bin`. */
function nodeFolders(node: string): readonly string[] {
  const folder = dirname(node);
  const prefix = dirname(folder);
  return folder.endsWith("/bin") && prefix.split("/").length > 2 ? [prefix] : [folder];
}
