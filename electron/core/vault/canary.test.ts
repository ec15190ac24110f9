import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import { expect, onTestFinished, test } from "vitest";
import { builtScript } from "../../testing/built-script.ts";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { MemoryKeychain } from "../../testing/memory-keychain.ts";
import { codeOf } from "../../testing/open-unlock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { quietPorts } from "../../testing/test-core.ts";
import { composeCore } from "../compose.ts";
import { LogBook } from "../kernel/log-book.ts";
import { createLogger } from "../kernel/logger.ts";
import { formsOf } from "../redactor/secret-forms.ts";
import { coreRouter } from "../rpc/router.ts";
import { runtimeFiles } from "../runtime-files.ts";

/** What must be found nowhere: each is given to Gatehouse in another place. */
const canaries = {
  passphrase: "canary passphrase Hq7#zW",
  newPassphrase: "canary other passphrase Lm2!",
  recoveredPassphrase: "canary third passphrase Xk8+",
  pin: "canarypin-48213",
  stored: 'canary-stored/+"<é value 1',
  replaced: "canary-replaced-value-2",
  imported: "canary-imported-value-3",
  refused: "canary-refused-value-4",
  guessed: "canary-guessed-passphrase-5",
} as const;

/** Made by Gatehouse, shown once, and found nowhere afterwards. */
const shownOnce: Record<string, string> = {};

const asker = { runId: "run-000001", repositoryId: "repo-000001", agentId: "practice", tool: "http", destination: null };
const everyone = [{ repositoryId: null, agentId: null, tool: null }];

test("what is secret goes through every part of the vault and of unlocking, and stays nowhere", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const logs = temporaryFolder();
  mkdirSync(join(folder, "data"));
  const logger = createLogger({ level: "trace", book: new LogBook(join(logs, "core.log")) });
  const files = {
    ...runtimeFiles(checkoutRoot()),
    argon2Worker: await builtScript("electron/core/unlock/argon2-worker.ts"),
    databaseWorker: await builtScript("electron/core/storage/database-worker.ts"),
  };
  const keychain = new MemoryKeychain();
  const core = await composeCore({ dataFolder: join(folder, "data"), files, ports: { ...quietPorts(), keychain }, logger });
  onTestFinished(async () => await core[Symbol.asyncDispose]());
  const client = createRouterClient(coreRouter(core), { context: { caller: { name: "tester", role: "owner" }, gate: core.gate } });
  const answers: unknown[] = [];
  const record = async <T>(call: Promise<T>): Promise<T> => {
    const answer = await call;
    answers.push(answer);
    return answer;
  };
  const refuse = async (call: Promise<unknown>) =>
    void answers.push(
      await call.then(
        () => expect.fail("was not refused"),
        (error: unknown) => ({ ...Object(error), message: Object(error).message, stack: Object(error).stack }),
      ),
    );

  await record(client.unlock.create({ passphrase: canaries.passphrase }));
  const proof = { passphrase: canaries.passphrase };
  const details = { kind: "generic" as const, scopes: everyone, bindings: [], expiresAt: null };
  const { id } = await record(client.vault.store({ name: "stored", note: "", value: canaries.stored, ...details }));
  await record(client.vault.store({ name: "other", note: "", value: "canary-overwritten-0", ...details }));
  await record(client.vault.describe({ id, note: "described", ...details }));
  const other = (await client.vault.list({})).find(({ name }) => name === "other");
  if (other === undefined) throw new Error("it was stored");
  await record(client.vault.replace({ id: other.id, value: canaries.replaced }));
  const text = `IMPORTED=${canaries.imported}`;
  await record(client.vault.readEnv({ text }));
  await record(client.vault.importEnv({ text, lines: [1], scopes: [] }));
  await refuse(client.vault.store({ name: "refused", note: "", value: canaries.refused, ...details, kind: "github" as const }));
  await refuse(client.vault.store({ name: "stored", note: "", value: canaries.refused, ...details }));
  await refuse(client.vault.replace({ id, value: "" }));
  await core.vault.withPermittedSecret("stored", asker, (value) => {
    logger.info({ value, wrapped: { value }, list: [value] }, `used ${String(value)}`);
    expect(value.use((bytes) => bytes.toString())).toBe(canaries.stored);
  });
  await refuse(
    core.vault.withPermittedSecret("other", { ...asker, destination: { host: "a.example.com", method: "GET", path: "/" } }, () => 1),
  );
  await record(client.unlock.strength({ passphrase: canaries.passphrase }));
  await refuse(client.unlock.changePassphrase({ proof: { passphrase: canaries.guessed }, next: canaries.newPassphrase }));
  await record(client.unlock.changePassphrase({ proof, next: canaries.newPassphrase }));
  const proved = { passphrase: canaries.newPassphrase };
  await record(client.unlock.addKeychain({ proof: proved, pin: canaries.pin }));
  shownOnce["recovery key"] = (await client.unlock.makeRecoveryKey({ proof: proved })).recoveryKey;
  await record(client.unlock.rehearseRecoveryKey({ recoveryKey: shownOnce["recovery key"] }));
  const { manualKey } = await client.unlock.beginTotp({});
  shownOnce["one-time secret"] = manualKey.replaceAll(" ", "");
  const { recoveryCodes } = await client.unlock.confirmTotp({ proof: proved, newCode: codeOf(manualKey, Date.now()) });
  for (const [at, code] of recoveryCodes.entries()) shownOnce[`recovery code ${at}`] = code;
  for await (const progress of await client.vault.rotateKey({ proof: { ...proved, code: recoveryCodes[0] ?? "" } })) answers.push(progress);
  await record(client.unlock.lock({}));
  await refuse(client.unlock.withPassphrase({ passphrase: canaries.guessed, code: recoveryCodes[1] ?? "" }));
  await refuse(client.unlock.withPassphrase({ passphrase: canaries.newPassphrase }));
  await record(client.unlock.withKeychain({ pin: canaries.pin }));
  await record(client.unlock.lock({}));
  await record(client.unlock.withRecoveryKey({ recoveryKey: shownOnce["recovery key"] ?? "", next: canaries.recoveredPassphrase }));
  await record(client.unlock.methods({}));
  await record(client.vault.remove({ id: other.id }));
  await record(client.audit.list({ limit: 500 }));
  answers.push(keychain.entries.size > 0 ? [...keychain.entries.keys()] : expect.fail("the keychain was used"));

  const haystacks = new Map<string, Buffer>([
    ["answers of procedures", Buffer.from(JSON.stringify(answers))],
    ["environment and arguments", Buffer.from(JSON.stringify([process.env, process.argv, process.execArgv]))],
    ["processes of this machine", execFileSync("ps", ["axeww", "-o", "args"], { maxBuffer: 64 * 1_048_576 })],
    ...everyFile(folder).map((file): [string, Buffer] => [file, readFileSync(file)]),
    ...everyFile(logs).map((file): [string, Buffer] => [file, readFileSync(file)]),
  ]);
  expect([...haystacks.keys()].map((name) => name.split("/").at(-1))).toEqual(
    expect.arrayContaining(["vault.json", "gatehouse.db", "gatehouse.db-wal", "audit.jsonl", "core.log"]),
  );
  expect(haystacks.get(join(logs, "core.log"))?.includes("used [secret]")).toBe(true);
  const found: string[] = [];
  for (const [what, secret] of [...Object.entries(canaries), ...Object.entries(shownOnce)])
    for (const form of formsOf(Buffer.from(secret)))
      for (const [where, content] of haystacks) if (content.includes(form)) found.push(`${what} in ${where}: ${form.toString("latin1")}`);
  expect(found).toEqual([]);
});

test("the search finds what is there", () => {
  const planted = Buffer.from(`x${Buffer.from(`y${canaries.stored}`).toString("base64")}`);
  expect(formsOf(Buffer.from(canaries.stored)).some((form) => planted.includes(form))).toBe(true);
});

function everyFile(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}
