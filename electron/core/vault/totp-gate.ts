import * as z from "zod";
import { randomId } from "../kernel/ids.ts";
import { Secret } from "../kernel/secret.ts";
import { type Place, seal, unseal, vaultDamaged, withSubkey } from "./sealing.ts";
import type { HeaderBody, SealedGate } from "./vault-header.ts";

/** What checking one-time codes takes. Sealed under the vault key: a gate, opened after the key and before anything else. */
export const TotpGate = z.strictObject({
  /** 160 bits, base64. */
  secret: z.string(),
  /** The last time step whose code was accepted; it and every earlier one are refused. */
  lastStep: z.int().nonnegative(),
  /** Salted SHA-256 of the recovery codes that are left, hexadecimal. */
  salt: z.string(),
  recoveryCodes: z.array(z.string()).max(10),
});
export type TotpGate = z.infer<typeof TotpGate>;

type Names = Pick<HeaderBody, "vault" | "workspace" | "keyId">;

export function sealGate(vaultKey: Secret, names: Names, gate: TotpGate, before: SealedGate | null): SealedGate {
  const unsealed = { id: before?.id ?? randomId("gate", 16), version: (before?.version ?? 0) + 1 };
  const text = Secret.fromText(JSON.stringify(gate));
  try {
    const sealed = withSubkey(vaultKey, names.vault, "seal-gates", (key) => seal(key, text, gatePlace(names, unsealed)));
    return { ...unsealed, sealed: sealed.toString("base64"), codesLeft: gate.recoveryCodes.length };
  } finally {
    text.destroy();
  }
}

/** Throws VAULT_DAMAGED. */
export function openGate(vaultKey: Secret, names: Names, sealed: SealedGate): TotpGate {
  const text = withSubkey(vaultKey, names.vault, "seal-gates", (key) =>
    unseal(key, Buffer.from(sealed.sealed, "base64"), gatePlace(names, sealed)),
  );
  if (text === null) throw vaultDamaged("its one-time codes do not open");
  try {
    return TotpGate.parse(JSON.parse(text.use((bytes) => bytes.toString("utf8"))));
  } finally {
    text.destroy();
  }
}

function gatePlace({ vault, workspace, keyId }: Names, gate: Pick<SealedGate, "id" | "version">): Place {
  return { vault, workspace, record: gate.id, field: "gate/totp", version: gate.version, keyId, beside: "" };
}
