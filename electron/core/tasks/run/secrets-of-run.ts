import type { RunSecrets } from "../../secrets/run-secrets.ts";
import { templatesIn } from "../../secrets/sentinels.ts";
import { SecretGate } from "../../secrets/secret-gate.ts";
import type { ActiveRun } from "./active-run.ts";
import { askPerson } from "./ask-person.ts";
import { keysOf } from "./agent-keys.ts";

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
    ask: async (request, verdict) => {
      const resolution = await askPerson(run, { request, verdict, waitsFor: "a secret is asked for" });
      if (resolution.kind === "withdrawn") run.stop({ kind: "cancelled", by: "Gatehouse" });
      return resolution;
    },
    isGranted: (id) => permissions.grants().some((grant) => grant.id === id),
    agreedAtStart: () => agreedAtStart(run),
  });
  const who = { taskId: task.id, id, repositoryId: task.repositoryId, agentId: task.agentId };
  return services.openSecrets(who, {
    decide: async (name, host, grantedBy) => await gate.decide(name, host, grantedBy),
    whileLocked: () => {
      run.activity("Waiting for you to unlock: a secret is asked for");
      return run.asking();
    },
  });
}

/**
 * Who starts a task with an agent means its key to go to its provider: the one that stands in the agent's environment, at the
 * hosts of its profile that the person bound it to, and no other.
 */
function agreedAtStart(run: ActiveRun): ReadonlySet<string> {
  const { provider, environment } = run.services.agents.profile(run.task.agentId);
  const bound = run.secrets.bound();
  const byKind = keysOf(bound, provider.credentials).flatMap(({ key }) => (key === null ? [] : [key.name]));
  const keys = new Set([...byKind, ...Object.values(environment).flatMap((value) => templatesIn(value))]);
  const agreed = bound.filter(({ name, binding }) => keys.has(name) && provider.hosts.includes(binding.host));
  return new Set(agreed.map(({ name, binding }) => `${name}@${binding.host}`));
}
