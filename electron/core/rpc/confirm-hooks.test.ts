import { createRouterClient } from "@orpc/server";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RepositoryId } from "#shared/contract/ids.ts";
import { Hook } from "#shared/contract/hook.ts";
import { openTestCore } from "../../testing/test-core.ts";
import type { Confirming, Dialogs } from "../ports.ts";
import { coreRouter } from "./router.ts";

const guard = hook(["/usr/bin/true", "--a\u202e"]);
const passphrase = "a passphrase for tests";

function hook(command: readonly string[]): Hook {
  return Hook.parse({ on: "tool_pre", name: "guard", match: "shell(git:*)", command });
}

async function opened(confirm: Dialogs["confirm"]) {
  const bench = await openTestCore({ confirm });
  onTestFinished(async () => await bench.close());
  const client = createRouterClient(coreRouter(bench.core), { context: bench.context });
  const confirmations = async () =>
    (await bench.core.audit.list({ limit: 100 })).entries.filter(({ verb }) => verb === "person.confirm").map(({ detail }) => detail);
  const held = () => bench.core.opened?.rules.workspaceHooks();
  return { ...bench, client, confirmations, held };
}

test("a hook with a program is kept only after a dialog that shows the program, and is asked about again when it changes", async () => {
  const shown: Confirming[] = [];
  let answer = false;
  const { client, confirmations, held } = await opened(async (wish) => {
    shown.push(wish);
    return answer;
  });
  await expect(client.policy.setHooks({ hooks: [guard] })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(held()).toEqual([]);
  answer = true;
  await client.policy.setHooks({ hooks: [guard] });
  expect(held()).toEqual([guard]);
  expect(shown[1]?.detail).toContain('["/usr/bin/true","--a\\u{202e}"]');
  await client.policy.setHooks({ hooks: [guard], seen: [guard] });
  await client.policy.setHooks({ hooks: [], seen: [guard] });
  expect(shown).toHaveLength(2);
  await client.policy.setHooks({ hooks: [{ ...guard, match: "shell(*)" }] });
  expect(shown).toHaveLength(3);
  expect((await confirmations()).toReversed()).toMatchObject([
    { way: "dialog", given: false },
    { way: "dialog", given: true },
    { way: "dialog", given: true },
  ]);
});

test("a yes that comes as the vault is locked keeps nothing, and is not remembered", async () => {
  let asked = 0;
  const { core, client, confirmations, held } = await opened(async (_wish, signal) => {
    asked += 1;
    if (asked > 1) return false;
    await core.lock();
    expect(signal.aborted).toBe(true);
    return true;
  });
  await expect(client.policy.setHooks({ hooks: [guard] })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(held()).toEqual([]);
  await client.unlock.withPassphrase({ passphrase });
  await expect(client.policy.setHooks({ hooks: [guard] })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(asked).toBe(2);
  expect(await confirmations()).toMatchObject([{ given: false }, { given: false }]);
});

test("a hook is not tried before its program is confirmed; a proof from the page does not stand in for the dialog", async () => {
  const { client, dataFolder } = await opened(async () => false);
  const trace = join(dataFolder, "ran");
  const trying = { hook: hook(["/usr/bin/touch", trace]), request: { tool: "shell", command: "git status", cwd: "/w" } } as const;
  await expect(client.policy.tryHook({ ...trying, proof: { passphrase } })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(existsSync(trace)).toBe(false);
});

test("a hook that runs nothing needs no confirmation; a command that no dialog shows whole is refused", async () => {
  const { client, held } = await opened(async () => false);
  const log = Hook.parse({ on: "tool_post", name: "note", match: "shell(*)", effect: { do: "log" } });
  await client.policy.setHooks({ hooks: [log] });
  expect(held()).toEqual([log]);
  const long = hook(["/usr/bin/true", "x".repeat(2_000)]);
  await expect(client.policy.setHooks({ hooks: [long] })).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

test("where the host has no dialogs the passphrase is asked for, and a wrong one counts as an attempt to unlock", async () => {
  const { core, client, held } = await opened(null);
  await expect(client.policy.setHooks({ hooks: [guard] })).rejects.toMatchObject({ code: "FORBIDDEN" });
  const wrong = { passphrase: "not the passphrase" };
  await expect(client.policy.setHooks({ hooks: [guard], proof: wrong })).rejects.toMatchObject({ code: "WRONG_PASSPHRASE" });
  expect(held()).toEqual([]);
  await client.policy.setHooks({ hooks: [guard], proof: { passphrase } });
  expect(held()).toEqual([guard]);
  const { entries } = await core.audit.list({ limit: 100 });
  expect(entries.filter(({ verb }) => verb === "person.confirm")).toMatchObject([{ detail: { way: "passphrase", given: true } }]);
  expect(JSON.stringify(entries)).not.toContain(passphrase);
});

test("a repository's rule file is adopted only as it was confirmed: not one that it became meanwhile, nor another than was named", async () => {
  const repositoryId = RepositoryId.parse("repo-test00001");
  const file = (program: string) => JSON.stringify({ allow: [], hooks: [hook([program])] });
  let asked = 0;
  const { core, client } = await opened(async () => {
    asked += 1;
    if (asked === 1) become(file("/usr/bin/false"));
    return true;
  });
  const become = (content: string) => core.opened?.rules.takeFile(repositoryId, content);
  const now = () => core.opened?.rules.file(repositoryId);
  expect(become(file("/usr/bin/true"))).toEqual([]);
  const first = now()?.sha256 ?? "";
  await expect(client.policy.adoptFile({ repositoryId, sha256: first })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(client.policy.adoptFile({ repositoryId, sha256: first })).rejects.toMatchObject({ code: "CONFLICT" });
  expect([asked, now()?.isAdopted]).toEqual([1, false]);
  await client.policy.adoptFile({ repositoryId, sha256: now()?.sha256 ?? "" });
  expect([asked, now()?.isAdopted]).toEqual([2, true]);
});

test("a program whose file changed is named and asked about again, outside the page; removing another hook does not ask for it", async () => {
  const shown: Confirming[] = [];
  let answer = true;
  const { client, core, dataFolder, held } = await opened(async (wish) => {
    shown.push(wish);
    return answer;
  });
  const file = join(dataFolder, "guard");
  const source = (words: string) => writeFileSync(file, `#!/bin/sh\n${words}\n`, { mode: 0o700 });
  source("exit 0");
  const own = hook([file]);
  const log = Hook.parse({ on: "tool_post", name: "note", match: "shell(*)", effect: { do: "log" } });
  await client.policy.setHooks({ hooks: [own, log] });
  expect(await client.policy.programs({ repositoryId: null })).toEqual({ changed: [] });
  const trying = { hook: own, request: { tool: "shell", command: "git status", cwd: "/w" } } as const;
  expect(await client.policy.tryHook(trying)).toMatchObject({ ran: { outcome: "passed" } });
  expect(shown).toHaveLength(1);
  source(`touch ${dataFolder}/made`);
  expect(await client.policy.programs({ repositoryId: null })).toEqual({ changed: ["guard"] });
  answer = false;
  await expect(client.policy.tryHook(trying)).rejects.toMatchObject({ code: "CANCELLED" });
  await expect(client.policy.confirmPrograms({ repositoryId: null })).rejects.toMatchObject({ code: "CANCELLED" });
  expect(shown.slice(1).map(({ detail }) => detail)).toEqual(Array.from({ length: 2 }, () => expect.stringContaining("has changed since")));
  await client.policy.setHooks({ hooks: [own], seen: [own, log] });
  expect([shown.length, held()]).toEqual([3, [own]]);
  expect(existsSync(`${dataFolder}/made`)).toBe(false);
  answer = true;
  expect(await client.policy.confirmPrograms({ repositoryId: null })).toEqual({ changed: [] });
  expect(await client.policy.tryHook(trying)).toMatchObject({ ran: { outcome: "passed" } });
  expect(existsSync(`${dataFolder}/made`)).toBe(true);
  const { entries } = await core.audit.list({ limit: 100 });
  const files = entries
    .filter(({ verb, phase }) => verb === "policy.confirm-programs" && phase === "intent")
    .map(({ detail }) => detail["files"]);
  expect(files).toMatchObject([[{ path: file }], [{ path: file }]]);
});

test("what is confirmed is what was there when the dialog was shown", async () => {
  let file = "";
  const { client, dataFolder } = await opened(async () => {
    writeFileSync(file, "#!/bin/sh\nexit 1\n");
    return true;
  });
  file = join(dataFolder, "guard");
  writeFileSync(file, "#!/bin/sh\nexit 0\n", { mode: 0o700 });
  await client.policy.setHooks({ hooks: [hook([file])] });
  expect(await client.policy.programs({ repositoryId: null })).toEqual({ changed: ["guard"] });
});
