import type { AgentSummary } from "#shared/contract/agent.ts";
import { kindOfValue, problemOfValue, type SecretKind, type SecretSummary, usualBindings } from "#shared/contract/vault.ts";
import { bareKey } from "#shared/domain/pasted-key.ts";

/** How an agent stands with the keys in the vault, in one repository. */
export type KeyStanding =
  | { readonly kind: "none-needed" | "there" }
  /** A key of its kind is stored, and it may not use it. */
  | { readonly kind: "not-allowed"; readonly secret: SecretSummary }
  | { readonly kind: "missing" };

export function keyStanding(
  agent: Pick<AgentSummary, "id" | "keys">,
  secrets: readonly SecretSummary[],
  where: { readonly repositoryId: string; readonly now: number },
): KeyStanding {
  if (agent.keys.length === 0) return { kind: "none-needed" };
  const kinds = new Set(agent.keys.map(({ secretKind }) => secretKind));
  const usable = secrets.filter(
    ({ kind, bindings, expiresAt }) => kinds.has(kind) && bindings.length > 0 && (expiresAt === null || expiresAt > where.now),
  );
  const mayUse = ({ scopes }: SecretSummary) =>
    scopes.some(
      ({ agentId, repositoryId, tool }) =>
        tool === null && (agentId === null || agentId === agent.id) && (repositoryId === null || repositoryId === where.repositoryId),
    );
  if (usable.some(mayUse)) return { kind: "there" };
  const [secret] = usable;
  return secret === undefined ? { kind: "missing" } : { kind: "not-allowed", secret };
}

const issuers: Partial<Record<SecretKind, string>> = { anthropic: "Anthropic", openai: "OpenAI", gemini: "Gemini", github: "GitHub" };

/** Which of the agent's keys a pasted value is, and the key in it; null, with why, where it is none of them. */
export function readKey(
  agent: Pick<AgentSummary, "name" | "keys">,
  pasted: string,
): { readonly kind: SecretKind; readonly value: string; readonly problem: null } | { readonly kind: null; readonly problem: string } {
  const value = bareKey(pasted);
  const kinds = agent.keys.map(({ secretKind }) => secretKind);
  const likely = kindOfValue(value);
  const [only] = kinds;
  const kind = kinds.includes(likely) ? likely : kinds.length === 1 ? only : undefined;
  const issuer = issuers[likely];
  if (issuer !== undefined && kind !== likely && kind !== "generic")
    return { kind: null, problem: `This is a key of ${issuer}. ${agent.name} takes ${keyWords(agent)}.` };
  if (kind === undefined) return { kind: null, problem: `This is no ${keyWords(agent)}.` };
  const problem = problemOfValue(kind, value);
  return problem === null ? { kind, value, problem } : { kind: null, problem };
}

export function keyWords({ keys }: Pick<AgentSummary, "keys">): string {
  return keys.map(({ label }) => label).join(" or ");
}

/** Where a key of these kinds is sent, and in which header: nowhere else. */
export function destinationWords({ keys }: Pick<AgentSummary, "keys">): string {
  const places = keys.flatMap(({ secretKind }) =>
    usualBindings[secretKind].map(({ host, place }) => (place.kind === "header" ? `${host} (${place.name})` : host)),
  );
  return places.join(" or ");
}

/** A name for a new key that no other secret has. */
export function freeName(kind: SecretKind, agentId: string, taken: readonly SecretSummary[]): string {
  const names = new Set(taken.map(({ name }) => name));
  const first = `${kind}-${agentId}`.slice(0, 58);
  if (!names.has(first)) return first;
  for (let count = 2; ; count++) if (!names.has(`${first}-${count}`)) return `${first}-${count}`;
}
