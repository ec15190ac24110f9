import { expect, test } from "vitest";
import {
  kindOfValue,
  problemOfValue,
  SecretBinding,
  SecretDetails,
  SecretKind,
  usualBindings,
  vault as contract,
} from "#shared/contract/vault.ts";
import { openVault, passphrase, valueOf } from "../../testing/open-vault.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { Secret } from "../kernel/secret.ts";
import { readEnv } from "./env-file.ts";
import { importEnv } from "./import-env.ts";

const samples: Readonly<Record<Exclude<SecretKind, "generic" | "file">, string>> = {
  anthropic: `sk-ant-api03-${"a".repeat(90)}`,
  openai: `sk-proj-${"b".repeat(40)}`,
  gemini: `AIza${"c".repeat(35)}`,
  github: `ghp_${"d".repeat(36)}`,
  "ssh-key": `-----BEGIN OPENSSH PRIVATE KEY-----\n${"e".repeat(70)}\n-----END OPENSSH PRIVATE KEY-----\n`,
};

test("each kind knows its own values and refuses all others", () => {
  for (const [kind, value] of Object.entries(samples)) {
    expect(kindOfValue(value)).toBe(kind);
    for (const other of SecretKind.options)
      expect(problemOfValue(other, value) === null, `${other} of ${kind}`).toBe(other === kind || other === "generic" || other === "file");
  }
  expect(problemOfValue("anthropic", ` ${samples.anthropic}`)).toContain("white space");
  expect(kindOfValue("anything")).toBe("generic");
});

test("an SSH key of any length is judged in time", () => {
  const begun = performance.now();
  problemOfValue("ssh-key", `-----BEGIN OPENSSH PRIVATE KEY-----\n${"a-".repeat(32_000)}`);
  expect(performance.now() - begun).toBeLessThan(500);
});

test("the contract refuses a value that does not fit its kind, and hosts that are not in canonical form", () => {
  const input = contract.store["~orpc"].inputSchema;
  if (input === undefined) throw new Error("store has an input");
  const secret = { name: "key", note: "", kind: "github", value: "not a token" };
  expect(input.safeParse(secret).error?.issues[0]?.message).toContain("ghp_");
  expect(input.safeParse({ ...secret, value: samples.github }).success).toBe(true);
  const binding = usualBindings.github[0];
  for (const host of [
    "API.github.com",
    "api.github.com.",
    "api.github.com:443",
    "*.github.com",
    "localhost",
    "127.0.0.1",
    "a..b.com",
    "-a.com",
    "xn--.com/",
    "[::1]",
  ])
    expect(SecretBinding.safeParse({ ...binding, host }).success, host).toBe(false);
  for (const kind of SecretKind.options) for (const one of usualBindings[kind]) expect(SecretBinding.parse(one)).toEqual(one);
});

test("details are kept, changed without the value, and bound to it", async () => {
  const { vault, database, clock } = await openVault(temporaryFolder());
  const details = SecretDetails.parse({
    kind: "github",
    scopes: [{ repositoryId: "repo-000001", agentId: null, tool: null }],
    expiresAt: clock.now() + 1_000,
  });
  const { id } = vault.store({ name: "key", note: "n", value: Secret.fromText(samples.github), details });
  expect(vault.list()).toMatchObject([{ ...details, note: "n" }]);
  const changed = { ...details, scopes: [], bindings: [...usualBindings.github], expiresAt: null };
  expect(vault.describe(id, "other", changed)).toMatchObject({ ...changed, note: "other", replacedAt: null, rotatedAt: [] });
  vault.lock();
  await vault.unlock(passphrase());
  expect(vault.list()).toMatchObject([{ ...changed, note: "other" }]);
  expect(await valueOf(vault, "key")).toBe(samples.github);
  const stored = Object(database.get("select details from secrets")).details;
  database.run(
    'update secrets set details = replace(details, \'"scopes":[]\', \'"scopes":[{"agentId":null,"repositoryId":null,"tool":null}]\')',
  );
  expect(Object(database.get("select details from secrets")).details).not.toBe(stored);
  expect(() => vault.list()).toThrow(expect.objectContaining({ code: "VAULT_DAMAGED" }));
});

test("replacing keeps a history of times under the same name, and checks the kind", async () => {
  const { vault, clock, database } = await openVault(temporaryFolder());
  const { id } = vault.store({
    name: "key",
    note: "",
    value: Secret.fromText(samples.github),
    details: SecretDetails.parse({ kind: "github" }),
  });
  expect(() => vault.replace(id, Secret.fromText("nonsense"))).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  const times: number[] = [];
  for (let at = 0; at < 3; at++) {
    clock.advance(1_000);
    times.push(clock.now());
    vault.replace(id, Secret.fromText(`ghp_${String(at).repeat(36)}`));
  }
  expect(vault.list()).toMatchObject([{ name: "key", rotatedAt: times, replacedAt: times[2] }]);
  vault.remove(id);
  expect(database.get("select count(*) as n from secret_rotations")).toEqual({ n: 0 });
});

test("a .env file: quotes, comments, exports, line breaks; nothing is expanded", () => {
  const text = [
    "\uFEFF# a comment",
    "PLAIN=value # why",
    "export GITHUB_TOKEN=" + samples.github,
    "SINGLE='a $HOME # b'",
    'DOUBLE="a \\"b\\" \\n c" # d',
    'LONG="first',
    'second"',
    "EMPTY=",
    "just words",
    "9LIVES=x",
    'OPEN="never',
  ].join("\r\n");
  const found = readEnv(text).map(({ line, name, kind, value, problem }) => [line, name, kind, value, problem === null]);
  expect(found).toEqual([
    [2, "plain", "generic", "value", true],
    [3, "github_token", "github", samples.github, true],
    [4, "single", "generic", "a $HOME # b", true],
    [5, "double", "generic", 'a "b" \n c', true],
    [6, "long", "generic", "first\nsecond", true],
    [8, null, "generic", "", false],
    [9, null, "generic", "", false],
    [10, null, "generic", "", false],
    [11, null, "generic", "", false],
  ]);
  expect(readEnv("A=1\nA=2").map(({ name }) => name)).toEqual([null, "a"]);
  expect(readEnv("")).toEqual([]);
});

test("an import stores the chosen lines with the destinations of their kind, or nothing at all", async () => {
  const { vault } = await openVault(temporaryFolder());
  const text = `ONE=1\nGITHUB_TOKEN=${samples.github}\nTWO=2\nbad line`;
  const scopes = [{ repositoryId: "repo-000001", agentId: null, tool: null }];
  const given = { text, path: null, scopes, shred: false };
  const { secrets } = await importEnv(vault, { ...given, lines: [1, 2] });
  expect(secrets.map(({ name }) => name)).toEqual(["one", "github_token"]);
  expect(vault.list()).toMatchObject([
    { name: "github_token", kind: "github", scopes, bindings: usualBindings.github },
    { name: "one", kind: "generic", bindings: [] },
  ]);
  await expect(importEnv(vault, { ...given, lines: [2, 3] })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(importEnv(vault, { ...given, lines: [3, 4] })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  expect(vault.list().length).toBe(2);
  expect(await valueOf(vault, "github_token")).toBe(samples.github);
});
