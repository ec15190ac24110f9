import type { AgentCredential } from "#shared/contract/agent-profile.ts";
import type { AgentProfile } from "../../agents/agent-profile.ts";
import type { BoundSecret } from "../../secrets/run-secrets.ts";
import type { ActiveRun } from "./active-run.ts";

/**
 * What stands for the agent's keys in its sandbox: this run's sentinels of the secrets that it may use, which the
 * gateway replaces on the way to the provider. Where the person has stored none, the profile's placeholders, so that the
 * agent starts and says itself that it is refused; the timeline says why.
 */
export function agentKeys(run: ActiveRun, profile: AgentProfile): Readonly<Record<string, string>> {
  return { ...namedSecrets(run, profile), ...keysByKind(run, profile) };
}

/** `{{secret:name}}` in the environment of a person's own agent. */
function namedSecrets(run: ActiveRun, { environment }: AgentProfile): Readonly<Record<string, string>> {
  const naming = Object.entries(environment).filter(([, value]) => value.includes("{{secret:"));
  return Object.fromEntries(naming.map(([name, value]) => [name, run.secrets.fill(value)]));
}

function keysByKind(run: ActiveRun, profile: AgentProfile): Readonly<Record<string, string>> {
  const { credentials } = profile.provider;
  const keys = keysOf(run.secrets.bound(), credentials).flatMap(({ credential, key }) =>
    key === null ? [] : [[credential.variable, run.secrets.sentinelFor(key.name)] as const],
  );
  if (keys.length > 0 || credentials.length === 0) return Object.fromEntries(keys);
  const wanted = credentials.map(({ label }) => label).join(" or ");
  run.notice(
    `${profile.name} has no key to work with. Store ${wanted} in the Vault and let ${profile.name} use it, then start the task again.`,
  );
  return Object.fromEntries(credentials.map(({ variable, placeholder }) => [variable, placeholder]));
}

/** Of the secrets that a run may use, those that its agent works with: the first of each kind that its profile names. */
export function keysOf(
  stored: readonly BoundSecret[],
  credentials: readonly AgentCredential[],
): readonly { readonly credential: AgentCredential; readonly key: BoundSecret | null }[] {
  return credentials.map((credential) => ({ credential, key: stored.find(({ kind }) => kind === credential.secretKind) ?? null }));
}
