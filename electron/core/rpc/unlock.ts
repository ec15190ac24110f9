import * as z from "zod";
import type { Core } from "../core.ts";
import { addPasskeyInWindow, unlockInWindow } from "../unlock/passkey-window.ts";
import { strengthOf } from "../unlock/strength.ts";
import { lend } from "./lend.ts";
import { os } from "./server.ts";

export function unlockRouter({ unlock, unlockMethods: methods, idleLock, ports }: Core) {
  const window = ports.passkeys ?? null;
  const of = os.unlock;
  return of.router({
    create: of.create.handler(async ({ input, signal }) => {
      await lend(input.passphrase, async (passphrase) => await unlock.create(passphrase, signal));
      return {};
    }),
    withPassphrase: of.withPassphrase.handler(async ({ input, signal }) => {
      await lend(input.passphrase, async (passphrase) => await unlock.withPassphrase(passphrase, signal, input));
      return {};
    }),
    lock: of.lock.handler(async () => {
      await unlock.lock("person");
      return {};
    }),
    present: of.present.handler(() => {
      idleLock.present();
      return {};
    }),
    methods: of.methods.handler(async () => await methods.list()),
    strength: of.strength.handler(async ({ input }) => await strengthOf(input.passphrase)),
    changePassphrase: of.changePassphrase.handler(async ({ input, signal }) => {
      await methods.changePassphrase(input.proof, input.next, signal);
      return {};
    }),
    withKeychain: of.withKeychain.handler(async ({ input, signal }) => {
      await methods.withKeychain(input, signal);
      return {};
    }),
    addKeychain: of.addKeychain.handler(async ({ input, signal }) => {
      await methods.addKeychain(input.proof, input.pin, signal);
      return {};
    }),
    removeKeychain: of.removeKeychain.handler(async ({ input }) => {
      await methods.removeKeychain(input.proof);
      return {};
    }),
    beginTotp: of.beginTotp.handler(() => methods.beginTotp()),
    confirmTotp: of.confirmTotp.handler(async ({ input }) => ({
      recoveryCodes: [...(await methods.confirmTotp(input.proof, input.newCode))],
    })),
    removeTotp: of.removeTotp.handler(async ({ input }) => {
      await methods.removeTotp(input.proof);
      return {};
    }),
    renewRecoveryCodes: of.renewRecoveryCodes.handler(async ({ input }) => ({
      recoveryCodes: [...(await methods.renewRecoveryCodes(input.proof))],
    })),
    makeRecoveryKey: of.makeRecoveryKey.handler(async ({ input }) => ({ recoveryKey: await methods.makeRecoveryKey(input.proof) })),
    rehearseRecoveryKey: of.rehearseRecoveryKey.handler(async ({ input }) => {
      await methods.rehearseRecoveryKey(input.recoveryKey);
      return {};
    }),
    withRecoveryKey: of.withRecoveryKey.handler(async ({ input, signal }) => {
      await methods.recover(input.recoveryKey, input.next, input.acceptOlder, signal);
      return {};
    }),
    beginPasskey: of.beginPasskey.handler(async ({ input }) => json(await methods.beginPasskey(input.origin))),
    finishPasskey: of.finishPasskey.handler(
      async ({ input }) => await methods.finishPasskey(input.proof, input.label, input.response, input.prf),
    ),
    askPasskey: of.askPasskey.handler(async ({ input }) => json(await methods.askPasskey(input.origin))),
    withPasskey: of.withPasskey.handler(async ({ input, signal }) => {
      await methods.withPasskey(input.response, input.prf, signal);
      return {};
    }),
    addPasskeyInWindow: of.addPasskeyInWindow.handler(
      async ({ input, context }) => await addPasskeyInWindow(methods, window, input, context.signal),
    ),
    withPasskeyWindow: of.withPasskeyWindow.handler(async ({ context }) => {
      await unlockInWindow(methods, window, context.signal);
      return {};
    }),
    removePasskey: of.removePasskey.handler(async ({ input }) => {
      await methods.removePasskey(input.proof, input.id);
      return {};
    }),
  });
}

function json(options: object): Record<string, z.core.util.JSONType> {
  return z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(options)));
}
