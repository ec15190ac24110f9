import type { PasskeySummary, UnlockMethods } from "#shared/contract/unlock.ts";
import type { Client } from "../rpc/client.ts";

type FakedUnlock = Omit<Client["unlock"], "create" | "withPassphrase" | "lock">;

/** The ways to unlock, for looking at screens: remembers what was turned on, and lets anyone pass. */
export function fakeUnlockMethods(setUnlocked: () => void): FakedUnlock {
  let methods: UnlockMethods = {
    recoveryKey: false,
    totp: false,
    recoveryCodesLeft: null,
    keychain: { state: "available" },
    passkeys: [],
    rollBackGuard: true,
  };
  const recoveryCodes = Array.from({ length: 10 }, (_, at) => `ABCD${at}-EFGH${at}`);
  const set = (changed: Partial<UnlockMethods>) => {
    methods = { ...methods, ...changed };
    return {};
  };
  const unlocked = async () => {
    setUnlocked();
    return {};
  };
  return {
    methods: async () => methods,
    strength: async ({ passphrase }) => ({
      score: Math.min(4, Math.floor(passphrase.length / 5)),
      guessesLog10: passphrase.length,
      crackTime: passphrase.length < 12 ? "3 hours" : "412 years",
      warning: null,
      suggestions: [],
    }),
    changePassphrase: async () => ({}),
    withKeychain: unlocked,
    addKeychain: async ({ pin }) => set({ keychain: { state: "set-up", factor: pin === null ? "totp" : "pin" } }),
    removeKeychain: async () => set({ keychain: { state: "available" } }),
    beginTotp: async () => ({
      manualKey: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
      address: "otpauth://totp/Gatehouse:vault",
      qr: { size: 29, path: "M4 4h7v7h-7zM18 4h7v7h-7zM4 18h7v7h-7zM13 13h3v3h-3z" },
    }),
    confirmTotp: async () => {
      set({ totp: true, recoveryCodesLeft: 10 });
      return { recoveryCodes };
    },
    removeTotp: async () => set({ totp: false, recoveryCodesLeft: null }),
    renewRecoveryCodes: async () => ({ recoveryCodes }),
    makeRecoveryKey: async () => {
      set({ recoveryKey: true });
      return { recoveryKey: "7K3M-9QWX-2HTV-5NBR-8FCD-4JPY-6GSZ-1EAK-0M3T" };
    },
    rehearseRecoveryKey: async () => ({}),
    withRecoveryKey: unlocked,
    beginPasskey: async () => ({}),
    finishPasskey: async ({ label, prf }) => {
      const unlocks = prf === null || prf === undefined ? "gate" : "key";
      const passkey: PasskeySummary = { id: `passkey-${methods.passkeys.length}`, label, createdAt: Date.now(), unlocks };
      set({ passkeys: [...methods.passkeys, passkey] });
      return passkey;
    },
    askPasskey: async () => ({}),
    withPasskey: unlocked,
    present: async () => ({}),
    withPasskeyWindow: unlocked,
    addPasskeyInWindow: async ({ label }) => {
      const passkey: PasskeySummary = { id: `passkey-${methods.passkeys.length}`, label, createdAt: Date.now(), unlocks: "key" };
      set({ passkeys: [...methods.passkeys, passkey] });
      return passkey;
    },
    removePasskey: async ({ id }) => set({ passkeys: methods.passkeys.filter((one) => one.id !== id) }),
  };
}
