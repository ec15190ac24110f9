import type { SecretScope } from "#shared/contract/vault.ts";

/** What ids of scopes are called. */
export interface ScopeNames {
  readonly repositories: ReadonlyMap<string, string>;
  readonly agents: ReadonlyMap<string, string>;
}

/** Each scope in words: every part that is named must fit. */
export function writeScopes(scopes: readonly SecretScope[], { repositories, agents }: ScopeNames): readonly string[] {
  return scopes.map(({ repositoryId, agentId, tool }) => {
    if (repositoryId === null && agentId === null && tool === null) return "the whole workspace";
    const parts = [
      agentId === null ? "any agent" : (agents.get(agentId) ?? agentId),
      repositoryId === null ? "in any repository" : `in ${repositories.get(repositoryId) ?? "a repository that is gone"}`,
      tool === null ? null : `by ${toolWords[tool] ?? tool}`,
    ];
    return parts.filter((part) => part !== null).join(" ");
  });
}

/** The tools that ask for secrets. */
export const toolWords: Readonly<Record<string, string>> = { egress: "the gateway", sandbox: "a grant into the sandbox" };
