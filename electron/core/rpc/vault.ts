import type { Core } from "../core.ts";
import { lend } from "./lend.ts";
import { os } from "./server.ts";

export function vaultRouter({ vault }: Core) {
  return os.vault.router({
    list: os.vault.list.handler(() => [...vault.list()]),
    store: os.vault.store.handler(async ({ input }) => await lend(input.value, (value) => vault.store({ ...input, value }))),
    replace: os.vault.replace.handler(async ({ input }) => await lend(input.value, (value) => vault.replace(input.id, value))),
    remove: os.vault.remove.handler(({ input }) => {
      vault.remove(input.id);
      return {};
    }),
  });
}
