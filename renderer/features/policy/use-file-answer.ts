import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { Hook } from "#shared/contract/policy.ts";
import { hookProgram } from "#shared/domain/hook-program.ts";
import { useChange } from "../../rpc/queries.ts";
import { useProof } from "../../rpc/use-proof.ts";

/** One content of a repository's rule file: on the base branch, or on the branch of a task. */
export interface ExactFile {
  readonly repositoryId: RepositoryId;
  readonly taskId: TaskId | null;
  /** Null: the branch removes it. */
  readonly sha256: string | null;
}

/** Adopting and refusing exactly one file; adopting one whose hooks run programs asks for a proof where the host has no dialogs. */
export function useFileAnswer({ repositoryId, taskId }: ExactFile, hooks: readonly Hook[], onDone: () => void) {
  const proof = useProof(hooks.some((hook) => hookProgram(hook) !== null));
  const done = { reloads: [["policy"]], onDone };
  const adopt = useChange((client, sha256: string) => client.policy.adoptFile({ repositoryId, taskId, sha256, proof: proof.take() }), done);
  const refuse = useChange((client, sha256: string) => client.policy.refuseFile({ repositoryId, taskId, sha256 }), done);
  return { proof, adopt, refuse };
}
