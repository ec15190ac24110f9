import type { Core } from "../core.ts";
import { envEntries, importEnv } from "../vault/import-env.ts";
import { lend } from "./lend.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function vaultRouter(core: Core) {
  const { vault, unlock } = core;
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
    putIntoSandbox: os.vault.putIntoSandbox.handler(async ({ input, context }) => ({
      path: await opened(core).tasks.putSecret(input.taskId, { name: input.name, by: context.caller.name }, context.signal),
    })),
    readEnv: os.vault.readEnv.handler(async ({ input }) => (await envEntries(input)).map(({ value: _value, ...entry }) => entry)),
    importEnv: os.vault.importEnv.handler(async ({ input }) => {
      const { secrets, notShredded } = await importEnv(vault, input);
      return { secrets: [...secrets], notShredded };
    }),
    rotateKey: os.vault.rotateKey.handler(async function* ({ input, context }) {
      yield* unlock.rotateKey(input.proof, context.signal);
    }),
  });
}
