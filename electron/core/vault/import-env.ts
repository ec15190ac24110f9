import type { EnvSource, SecretScope, SecretSummary } from "#shared/contract/vault.ts";
import { usualBindings } from "#shared/contract/vault.ts";
import { UserError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import { type EnvSecret, readEnv } from "./env-file.ts";
import { readEnvFile, shredEnvFile } from "./env-source.ts";
import type { Vault } from "./vault.ts";

export interface EnvImport extends EnvSource {
  readonly lines: readonly number[];
  readonly scopes: readonly SecretScope[];
  /** Whether the file goes once its secrets are stored. */
  readonly shred: boolean;
}

/** What a `.env` file would bring, with its values. Throws INVALID_INPUT, NOT_FOUND. */
export async function envEntries({ text, path }: EnvSource): Promise<readonly EnvSecret[]> {
  return readEnv(path === null ? (text ?? "") : await readEnvFile(path));
}

/**
 * Stores the chosen lines of a `.env` file, all or none, each with the usual destinations of its kind; then shreds the file
 * where that is wished. `notShredded` says why the file is still there.
 */
export async function importEnv(
  vault: Vault,
  { text, path, lines, scopes, shred }: EnvImport,
): Promise<{ readonly secrets: readonly SecretSummary[]; readonly notShredded: string | null }> {
  const content = path === null ? (text ?? "") : await readEnvFile(path);
  const secrets = store(vault, content, lines, scopes);
  if (!shred || path === null) return { secrets, notShredded: null };
  try {
    await shredEnvFile(path, content);
    return { secrets, notShredded: null };
  } catch (error) {
    const why = error instanceof UserError ? error.message : "It could not be overwritten.";
    return { secrets, notShredded: `The secrets are stored, but the file is still there. ${why}` };
  }
}

function store(vault: Vault, text: string, lines: readonly number[], scopes: readonly SecretScope[]): readonly SecretSummary[] {
  const chosen = readEnv(text).filter(({ line }) => lines.includes(line));
  const secrets = chosen.map(({ name, variable, kind, problem, value, line }) => {
    if (name === null) throw new UserError("INVALID_INPUT", `Line ${line} cannot be stored. ${problem ?? ""}`, "Leave that line out.");
    const details = { kind, scopes: [...scopes], bindings: [...usualBindings[kind]], expiresAt: null };
    return { name, note: `${variable} of a .env file`, details, value: Secret.fromText(value) };
  });
  if (secrets.length === 0) throw new UserError("INVALID_INPUT", "None of these lines holds a secret.", "Choose other lines.");
  try {
    return vault.storeAll(secrets);
  } finally {
    for (const { value } of secrets) value.destroy();
  }
}
