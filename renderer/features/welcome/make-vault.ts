import { create } from "zustand";
import type { PasskeySummary } from "#shared/contract/unlock.ts";
import { type Client } from "../../rpc/client.ts";
import { addPasskey, type PasskeyPlace } from "../../rpc/passkeys.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";

interface NewVault {
  /** Shown once; null before it is there and once it has been kept. */
  readonly recoveryKey: string | null;
  /** Whether something of the first set-up is still under way. */
  readonly isMaking: boolean;
  /** What the vault was made without: it can be done in the settings. */
  readonly problem: Problem | null;
  readonly passkey: NewPasskey;
}

/** The passkey of the first step: not wished for, waited for, registered, or refused. */
type NewPasskey =
  | { readonly kind: "none" }
  | { readonly kind: "waiting"; readonly place: PasskeyPlace }
  | { readonly kind: "added"; readonly passkey: PasskeySummary; readonly isKeychainBehind: boolean }
  | { readonly kind: "refused"; readonly problem: Problem };

const nothingYet = { recoveryKey: null, isMaking: false, problem: null, passkey: { kind: "none" } } satisfies NewVault;

/**
 * What outlives the screen that makes the vault: as soon as it is made, another screen takes its place. The recovery key
 * is here until the person has kept it, and in no storage.
 */
export const useNewVault = create<NewVault>(() => nothingYet);

export interface VaultWish {
  readonly passphrase: string;
  /** Also open with this computer's keychain and this PIN; null: not. */
  readonly pin: string | null;
  /** Also open with a passkey, asked for here; null: not. */
  readonly passkey: { readonly label: string; readonly place: PasskeyPlace } | null;
}

/** Makes the vault, then its passkey, its recovery key and its keychain way. Only the first can fail the whole. */
export async function makeVault(client: Client, { passphrase, pin, passkey }: VaultWish): Promise<void> {
  useNewVault.setState({ ...nothingYet, isMaking: true });
  try {
    await client.unlock.create({ passphrase });
  } catch (error) {
    useNewVault.setState({ isMaking: false });
    throw error;
  }
  const proof = { passphrase, code: null };
  // First, because a browser asks for a passkey only shortly after a click.
  if (passkey !== null) await registerPasskey(client, { ...passkey, proof, hasPin: pin !== null });
  try {
    const { recoveryKey } = await client.unlock.makeRecoveryKey({ proof });
    useNewVault.setState({ recoveryKey });
    if (pin !== null) await client.unlock.addKeychain({ proof, pin });
  } catch (error) {
    useNewVault.setState({ problem: toProblem(error) });
  } finally {
    useNewVault.setState({ isMaking: false });
  }
}

interface PasskeyWish {
  readonly proof: { readonly passphrase: string; readonly code: null };
  readonly label: string;
  readonly place: PasskeyPlace;
  readonly hasPin: boolean;
}

/** A passkey that yields no key opens nothing alone: where there is a keychain without a PIN, its key is put behind it. */
async function registerPasskey(client: Client, { proof, label, place, hasPin }: PasskeyWish): Promise<void> {
  useNewVault.setState({ passkey: { kind: "waiting", place } });
  try {
    const passkey = await addPasskey(client, place, { proof, label });
    useNewVault.setState({ passkey: { kind: "added", passkey, isKeychainBehind: false } });
    if (passkey.unlocks === "key" || hasPin) return;
    const { keychain } = await client.unlock.methods({});
    if (keychain.state !== "available") return;
    await client.unlock.addKeychain({ proof, pin: null });
    useNewVault.setState({ passkey: { kind: "added", passkey, isKeychainBehind: true } });
  } catch (error) {
    const problem = toProblem(error);
    useNewVault.setState(({ passkey }) => (passkey.kind === "added" ? { problem } : { passkey: { kind: "refused", problem } }));
  }
}

/** Once it is kept, and what was told beside it has been read. */
export function forgetRecoveryKey(): void {
  useNewVault.setState(nothingYet);
}
