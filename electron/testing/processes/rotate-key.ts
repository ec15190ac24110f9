import { Secret } from "../../core/kernel/secret.ts";
import { openVault, passphrase } from "../open-vault.ts";

/**
 * A process of its own that changes the vault key in the folder named first, or goes on with a change
 * that was cut off, and prints how far it is, until it is done or killed. Between two steps it
 * stores a secret, as a person might.
 */
const { vault } = await openVault(process.argv[2] ?? "");
if ((await vault.header())?.next === undefined) await vault.beginRotation(passphrase(), async () => undefined);
process.stdout.write("begun\n");
for await (const { done, total } of vault.continueRotation()) {
  const name = `during-${process.pid}-${done}`;
  vault.store({ name, note: "", value: Secret.fromText(`value of ${name}`) });
  process.stdout.write(`${name} ${done}/${total}\n`);
}
process.stdout.write("finished\n");
