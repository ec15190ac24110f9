import type { RepositoryId } from "#shared/contract/ids.ts";
import type { SecretSummary } from "#shared/contract/vault.ts";
import { LiveSecrets } from "../redactor/live-secrets.ts";
import type { Vault } from "../vault/vault.ts";

interface Asker {
  readonly repositoryId: RepositoryId;
  readonly agentId: string;
}

/**
 * Text that came back from a run, without the values of secrets that it may use: what an agent wrote into its work must not
 * reach a page either. Nothing counts as used. Throws LOCKED.
 */
export async function redactWork(vault: Vault, asker: Asker, text: string): Promise<string> {
  const live = new LiveSecrets();
  const names = inScopeOf(vault.list(), asker).map(({ name }) => name);
  const added: Disposable[] = [];
  try {
    for (const name of names) added.push(await vault.withSecret(name, (value) => live.add(name, value)));
    return live.redact(text);
  } finally {
    for (const one of added) one[Symbol.dispose]();
  }
}

/** Those that some tool of such a run may use. */
export function inScopeOf(secrets: readonly SecretSummary[], { repositoryId, agentId }: Asker): readonly SecretSummary[] {
  return secrets.filter(({ scopes }) =>
    scopes.some(
      (scope) =>
        (scope.repositoryId === null || scope.repositoryId === repositoryId) && (scope.agentId === null || scope.agentId === agentId),
    ),
  );
}
