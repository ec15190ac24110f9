import { beforeAll, expect, test } from "vitest";
import { cheapArgon2, testDeriveKey } from "../../testing/argon2-worker.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { openDatabase } from "../storage/open-database.ts";
import type { DerivePassphraseKey } from "../vault/passphrase-key.ts";
import { Vault } from "../vault/vault.ts";
import { Unlock } from "./unlock.ts";

let deriveKey: DerivePassphraseKey;
beforeAll(async () => {
  deriveKey = await testDeriveKey();
});

test("create, lock, unlock: secrets come back", async () => {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const logger = silentLogger();
  const vault = new Vault({ folder, deriveKey, clock, argon2: cheapArgon2 });
  const audit = await openAuditLog({ folder, clock, logger });
  const unlock = await Unlock.open({
    ...{ folder, vault, audit, clock, logger },
    beforeUnlocked: async () => {
      const key = vault.databaseKey();
      vault.attach(openDatabase({ file: `${folder}/gatehouse.db`, key, clock, logger }));
      key.destroy();
    },
  });
  expect(unlock.state()).toEqual({ state: "new" });
  await unlock.create(Secret.fromText("correct horse"));
  vault.store({ name: "token", note: "", value: Secret.fromText("s3cret") });
  await unlock.lock("idle");
  expect(() => vault.list()).toThrow("locked");
  await expect(unlock.withPassphrase(Secret.fromText("wrong horse"))).rejects.toThrow("not the passphrase");
  await unlock.withPassphrase(Secret.fromText("correct horse"));
  expect(vault.list().map(({ name }) => name)).toEqual(["token"]);
  await vault.withSecret("token", (value) => value.use((bytes) => expect(bytes.toString()).toBe("s3cret")));
  expect((await audit.list({ limit: 10 })).entries.map(({ verb }) => verb)).toEqual(["unlock.failure", "unlock.lock"]);
  expect((await audit.verify()).result).toBe("intact");
});
