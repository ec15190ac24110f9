import * as z from "zod";
import { changes, reads } from "./base.ts";
import { RepositoryId, Timestamp } from "./ids.ts";

/** A branch name: what `git check-ref-format --branch` takes, without the exotic part. */
export const BranchName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^(?!-)(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[\p{L}\p{N}._/-]*[\p{L}\p{N}_-]$/u, "not a branch name that Gatehouse accepts");

export const Repository = z.object({
  id: RepositoryId,
  /** The folder's name, as shown. Hostile text: shown as text only. */
  name: z.string(),
  path: z.string(),
  defaultBranch: z.string().nullable(),
  isSample: z.boolean(),
  addedAt: Timestamp,
});
export type Repository = z.infer<typeof Repository>;

export const repositories = {
  list: reads().input(z.object({})).output(z.array(Repository)),
  branches: reads()
    .input(z.object({ id: RepositoryId }))
    .output(z.array(z.string()).max(2_000)),
  /** Adds a git repository by its folder. NOT_A_REPOSITORY, EMPTY_REPOSITORY, CONFLICT when it is there already. */
  add: changes("repository.add")
    .input(z.object({ path: z.string().min(1).max(4_096) }))
    .output(Repository),
  /** Copies the sample repository into the data folder and adds it; the existing one if it is there. */
  addSample: changes("repository.add-sample").input(z.object({})).output(Repository),
  /** Forgets it. The folder is not touched. CONFLICT while one of its tasks runs. */
  remove: changes("repository.remove")
    .input(z.object({ id: RepositoryId }))
    .output(z.object({})),
  /** Asks with the platform's folder dialog; null when cancelled. */
  pickFolder: reads({ role: "operator" })
    .input(z.object({}))
    .output(z.object({ path: z.string().nullable() })),
};
