import type { PasskeySummary } from "#shared/contract/unlock.ts";

/** Which of the two kinds a passkey became. */
export const passkeyWords: Readonly<Record<PasskeySummary["unlocks"], string>> = {
  key: "Yields a key (PRF): it opens the vault by itself.",
  gate: "A gate: this authenticator yields no key, so it works together with this computer's keychain.",
};
