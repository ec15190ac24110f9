import { accept } from "./accept.ts";
import { diff } from "./diff.ts";
import { handIn } from "./hand-in.ts";
import { handOut } from "./hand-out.ts";
import type { HandOver } from "./hand-over.ts";
import { locate } from "./locate.ts";
import { removeTaskRefs } from "./task-refs.ts";

const defaultMaximumBytes = 2 * 1024 * 1024 * 1024;

/** The hand-over with git on both sides. `maximumBytes` bounds what a sandbox may send back; 2 GiB when absent. */
export function createHandOver(options: { readonly maximumBytes?: number } = {}): HandOver {
  const maximumBytes = options.maximumBytes ?? defaultMaximumBytes;
  return {
    handIn,
    handOut: (input, signal) => handOut(input, maximumBytes, signal),
    diff,
    accept,
    discard: async ({ repositoryPath, taskId }) => await removeTaskRefs((await locate(repositoryPath)).gitDir, taskId),
  };
}
