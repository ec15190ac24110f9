import type { RunSecrets } from "../../secrets/run-secrets.ts";
import { SecretGate } from "../../secrets/secret-gate.ts";
import type { ActiveRun } from "./active-run.ts";
import { askPerson } from "./ask-person.ts";

/** The secrets of a run, each use of which its rules and its person decide. */
export function secretsOfRun(run: ActiveRun): RunSecrets {
  const { services, task, id } = run;
  const { permissions } = services;
  const gate = new SecretGate({
    ...{ decide: services.decide, rules: () => services.rules(task.repositoryId) },
    // A secret has no path, so the folders of the run decide nothing here.
    context: () => ({
      ...{ worktree: "/", home: "/", realPath: null },
      ...{ grants: permissions.grantsOf(id, task.id), now: services.clock.now() },
    }),
    ask: async (request, verdict, signal) => {
      const resolution = await askPerson(run, { request, verdict, waitsFor: "a secret is asked for" }, signal);
      if (resolution.kind === "withdrawn" && !signal.aborted) run.stop({ kind: "cancelled", by: "Gatehouse" });
      return resolution;
    },
  });
  const who = { taskId: task.id, id, repositoryId: task.repositoryId, agentId: task.agentId };
  return services.openSecrets(who, {
    decide: async (name, host, grantedBy, signal) => await gate.decide(name, host, grantedBy, AbortSignal.any([signal, run.signal])),
    whileLocked: () => {
      run.activity("Waiting for you to unlock: a secret is asked for");
      return run.asking();
    },
  });
}
