import type { Core } from "../core.ts";
import { readEnv } from "../vault/env-file.ts";
import { importEnv } from "../vault/import-env.ts";
import { lend } from "./lend.ts";
import { os } from "./server.ts";

export function vaultRouter({ vault, unlock }: Core) {
  return os.vault.router({
    list: os.vault.list.handler(() => [...vault.list()]),
    store: os.vault.store.handler(
      async ({ input: { name, note, value: text, ...details } }) =>
        await lend(text, (value) => vault.store({ name, note, value, details })),
    ),
    replace: os.vault.replace.handler(async ({ input }) => await lend(input.value, (value) => vault.replace(input.id, value))),
    describe: os.vault.describe.handler(({ input: { id, note, ...details } }) => vault.describe(id, note, details)),
    remove: os.vault.remove.handler(({ input }) => {
      vault.remove(input.id);
      return {};
    }),
    readEnv: os.vault.readEnv.handler(({ input }) => readEnv(input.text).map(({ value: _value, ...entry }) => entry)),
    importEnv: os.vault.importEnv.handler(({ input }) => [...importEnv(vault, input)]),
    rotateKey: os.vault.rotateKey.handler(async function* ({ input, context }) {
      yield* unlock.rotateKey(input.proof, context.signal);
    }),
  });
}
