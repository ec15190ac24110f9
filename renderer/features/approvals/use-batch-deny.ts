import { useState } from "react";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import { useClient } from "../../rpc/client.ts";
import { putRequest, usePermissions } from "../../rpc/permissions-store.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";
import { denialsOf } from "./marks.ts";

export interface BatchDeny {
  readonly isRunning: boolean;
  /** Why some of them could not be denied; null when all ended. */
  readonly problem: Problem | null;
  readonly deny: (requests: readonly PermissionRequest[]) => void;
  readonly forget: () => void;
}

/**
 * Denies several requests, each with an entry of its own in the log. One that ended
 * meanwhile (the first denial of a run ends the run) is what was wanted, not a failure.
 */
export function useBatchDeny(onDone: () => void): BatchDeny {
  const client = useClient();
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const deny = async (requests: readonly PermissionRequest[]) => {
    setRunning(true);
    setProblem(null);
    const denials = denialsOf(usePermissions.getState().pending, requests);
    const answers = denials.map(async ({ request: { id, nonce }, answer }) =>
      putRequest(await client.permissions.answer({ id, nonce, answer })),
    );
    const ended = await Promise.allSettled(answers);
    const failures = ended.flatMap((each) => (each.status === "rejected" ? [toProblem(each.reason)] : []));
    const [failed] = failures.filter(({ code }) => code !== "STALE_ANSWER");
    setRunning(false);
    if (failed === undefined) onDone();
    else setProblem(failed);
  };
  return { isRunning, problem, deny: (requests) => void deny(requests), forget: () => setProblem(null) };
}
