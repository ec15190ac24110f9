import type { SecretSummary } from "../contract/vault.ts";

const day = 86_400_000;

/** So long before its end an expiry is warned of. */
export const expiryWarningMs = 14 * day;
/** After so long without a use a secret is worth deleting. */
export const unusedMs = 90 * day;
/** After so long with one value a secret is worth rotating. */
export const oldMs = 180 * day;

/** What about a stored secret wants the person's eye, gravest first. */
export type SecretAttention = "expired" | "expires-soon" | "nobody" | "nowhere" | "old" | "unused";

export function attentionOf(secret: SecretSummary, now: number): readonly SecretAttention[] {
  const found: SecretAttention[] = [];
  const { expiresAt, scopes, bindings, createdAt, replacedAt, lastUse } = secret;
  if (expiresAt !== null && expiresAt <= now) found.push("expired");
  else if (expiresAt !== null && expiresAt - now <= expiryWarningMs) found.push("expires-soon");
  if (scopes.length === 0) found.push("nobody");
  else if (bindings.length === 0) found.push("nowhere");
  if (now - (replacedAt ?? createdAt) > oldMs) found.push("old");
  if (now - Math.max(createdAt, lastUse?.at ?? 0) > unusedMs) found.push("unused");
  return found;
}
