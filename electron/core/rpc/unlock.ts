import type { Core } from "../core.ts";
import { lend } from "./lend.ts";
import { os } from "./server.ts";

export function unlockRouter(core: Core) {
  return os.unlock.router({
    create: os.unlock.create.handler(async ({ input, signal }) => {
      await lend(input.passphrase, async (passphrase) => await core.unlock.create(passphrase, signal));
      return {};
    }),
    withPassphrase: os.unlock.withPassphrase.handler(async ({ input, signal }) => {
      await lend(input.passphrase, async (passphrase) => await core.unlock.withPassphrase(passphrase, signal));
      return {};
    }),
    lock: os.unlock.lock.handler(async () => {
      await core.unlock.lock("person");
      return {};
    }),
  });
}
