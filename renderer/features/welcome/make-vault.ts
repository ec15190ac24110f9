import { create } from "zustand";
import { type Client } from "../../rpc/client.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";

interface NewVault {
  /** Shown once; null before it is there and once it has been kept. */
  readonly recoveryKey: string | null;
  /** Whether something of the first set-up is still under way. */
  readonly isMaking: boolean;
  /** What the vault was made without: it can be done in the settings. */
  readonly problem: Problem | null;
}

/**
 * What outlives the screen that makes the vault: as soon as it is made, another screen takes its place. The recovery key
 * is here until the person has kept it, and in no storage.
 */
export const useNewVault = create<NewVault>(() => ({ recoveryKey: null, isMaking: false, problem: null }));

export interface VaultWish {
  readonly passphrase: string;
  /** Also open with this computer's keychain and this PIN; null: not. */
  readonly pin: string | null;
}

/** Makes the vault, then its recovery key and its keychain way. Only the first can fail the whole. */
export async function makeVault(client: Client, { passphrase, pin }: VaultWish): Promise<void> {
  useNewVault.setState({ recoveryKey: null, isMaking: true, problem: null });
  try {
    await client.unlock.create({ passphrase });
  } catch (error) {
    useNewVault.setState({ isMaking: false });
    throw error;
  }
  const proof = { passphrase };
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

export function forgetRecoveryKey(): void {
  useNewVault.setState({ recoveryKey: null });
}
