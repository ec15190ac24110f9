import { summaryOf } from "#shared/domain/request-words.ts";
import type { Resolution } from "../../permissions/permissions.ts";
import type { RunSecrets } from "../../secrets/run-secrets.ts";
import { SecretGate } from "../../secrets/secret-gate.ts";
import type { ActiveRun } from "./active-run.ts";

/** The secrets of a run, each use of which its rules and its person decide. */
export function secretsOfRun(run: ActiveRun): RunSecrets {
  const { services, task, id } = run;
  const { permissions } = services;
  const gate = new SecretGate({
    ...{ decide: services.decide, permissions, rules: () => services.rules(task.repositoryId) },
    // A secret has no path, so the folders of the run decide nothing here.
    context: () => ({
      ...{ worktree: "/", home: "/", realPath: null },
      ...{ grants: permissions.grantsOf(id, task.id), now: services.clock.now() },
    }),
    question: () => {
      run.activity("Waiting for you: a secret is asked for");
      return {
        ...{ taskId: task.id, runId: id, repositoryId: task.repositoryId, taskTitle: task.title },
        repositoryName: services.repository(task.repositoryId).name,
        agentName: services.agents.profile(task.agentId).name,
        expiresInMs: services.settings().promptExpirySeconds * 1_000,
      };
    },
    ended: (resolution) => stop(run, resolution),
  });
  const who = { taskId: task.id, id, repositoryId: task.repositoryId, agentId: task.agentId };
  return services.openSecrets(who, {
    decide: async (name, host, grantedBy, signal) => await gate.decide(name, host, grantedBy, AbortSignal.any([signal, run.signal])),
    whileLocked: () => run.activity("Waiting for you to unlock: a secret is asked for"),
  });
}

function stop(run: ActiveRun, resolution: Exclude<Resolution, { kind: "allowed" }>): void {
  const { id: requestId, request } = resolution.request;
  if (resolution.kind === "withdrawn") run.stop({ kind: "cancelled", by: "Gatehouse" });
  else run.stop({ kind: resolution.kind, requestId, summary: summaryOf(request) });
}
