import type { SecretScope, SecretSummary } from "#shared/contract/vault.ts";
import { usualBindings } from "#shared/contract/vault.ts";
import { UserError } from "../kernel/errors.ts";
import { Secret } from "../kernel/secret.ts";
import { readEnv } from "./env-file.ts";
import type { Vault } from "./vault.ts";

/** Stores the chosen lines of a `.env` file, all or none, each with the usual destinations of its kind. */
export function importEnv(
  vault: Vault,
  { text, lines, scopes }: { readonly text: string; readonly lines: readonly number[]; readonly scopes: readonly SecretScope[] },
): readonly SecretSummary[] {
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
