import type { SecretKind } from "#shared/contract/vault.ts";

/** Where tools look for a key of that kind. */
const variables: Readonly<Record<SecretKind, readonly string[]>> = {
  generic: [],
  file: [],
  "ssh-key": [],
  anthropic: ["ANTHROPIC_API_KEY"],
  openai: ["OPENAI_API_KEY"],
  gemini: ["GEMINI_API_KEY", "GOOGLE_API_KEY"],
  github: ["GITHUB_TOKEN", "GH_TOKEN"],
};

/** A secret's own name as a variable, where it cannot be one that means something else to a program: `npm-token` is NPM_TOKEN. */
const ownName = /^[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET|PASSWORD|PAT)$/;

/**
 * What stands in the environment for secrets, for tools that insist on a key before they send anything. Worth
 * nothing outside the run.
 */
export function placeholders(
  secrets: readonly { readonly name: string; readonly kind: SecretKind }[],
  sentinelFor: (name: string) => string,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const { name, kind } of secrets) {
    const own = name.toUpperCase().replaceAll("-", "_");
    for (const variable of [...(ownName.test(own) ? [own] : []), ...variables[kind]]) environment[variable] ??= sentinelFor(name);
  }
  return environment;
}
