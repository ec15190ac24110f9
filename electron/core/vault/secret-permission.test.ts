import { describe, expect, test } from "vitest";
import { SecretDetails } from "#shared/contract/vault.ts";
import { openVault } from "../../testing/open-vault.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { Secret } from "../kernel/secret.ts";
import { bindingFor, mayUse, type SecretAsker } from "./secret-permission.ts";

const asker: SecretAsker = {
  runId: "run-000001",
  repositoryId: "repo-000001",
  agentId: "claude-code",
  tool: "http",
  destination: { host: "api.example.com", method: "POST", path: "/v1/messages" },
};
const place = { kind: "header" as const, name: "x-api-key", prefix: "" };
const anywhere = { host: "api.example.com", methods: [], paths: [], place };
const everyone = { repositoryId: null, agentId: null, tool: null };
const details = (changes: object = {}) => SecretDetails.parse({ scopes: [everyone], bindings: [anywhere], ...changes });

describe("scopes", () => {
  const own = { repositoryId: "repo-000001", agentId: "claude-code", tool: "http" };
  test.each([
    ["no scope is nobody", [], false],
    ["the whole workspace", [everyone], true],
    ["this repository", [{ ...everyone, repositoryId: own.repositoryId }], true],
    ["this repository's agent and tool", [own], true],
    ["another repository", [{ ...own, repositoryId: "repo-000002" }], false],
    ["another agent", [{ ...own, agentId: "codex" }], false],
    ["another tool", [{ ...own, tool: "shell" }], false],
    ["one of several", [{ ...own, tool: "shell" }, own], true],
    [
      "parts of two scopes do not add up",
      [
        { ...own, tool: "shell" },
        { ...own, agentId: "codex" },
      ],
      false,
    ],
  ])("%s", (_title, scopes, expected) => expect(mayUse(details({ scopes }), asker, 0)).toBe(expected));
});

test("an expired secret may not be used, to the millisecond", () => {
  expect(mayUse(details({ expiresAt: 1_000 }), asker, 999)).toBe(true);
  expect(mayUse(details({ expiresAt: 1_000 }), asker, 1_000)).toBe(false);
});

test.each([
  ["another host", { host: "api.example.com.evil.test" }, { paths: [] }, false],
  ["a host above", { host: "example.com" }, { paths: [] }, false],
  ["another method", { method: "DELETE" }, { methods: ["POST"] }, false],
  ["the method", {}, { methods: ["POST"] }, true],
  ["a path below", { path: "/v1/messages" }, { paths: ["/v1"] }, true],
  ["a path below, with its slash", { path: "/v1/messages" }, { paths: ["/v1/"] }, true],
  ["a path that only begins alike", { path: "/v1beta/messages" }, { paths: ["/v1"] }, false],
  ["any path", { path: "/x" }, { paths: ["/"] }, true],
  ["a segment of any name", { path: "/repos/a/issues" }, { paths: ["/repos/*/issues"] }, true],
  ["an empty segment", { path: "/repos//issues" }, { paths: ["/repos/*/issues"] }, false],
  ["a path above", { path: "/" }, { paths: ["/v1"] }, false],
  ["a way up", { path: "/v1/../admin" }, { paths: ["/v1"] }, false],
  ["a way up, encoded", { path: "/v1/%2e%2e/admin" }, { paths: ["/v1"] }, false],
  ["a slash, encoded", { path: "/v1/a%2F..%2Fadmin" }, { paths: ["/v1"] }, false],
  ["a way up, even where any path may be", { path: "/v1/../admin" }, { paths: [] }, true],
])("%s", (_title, destination, binding, expected) => {
  const asked = { host: "api.example.com", method: "POST", path: "/v1/messages", ...destination };
  expect(bindingFor(details({ bindings: [{ ...anywhere, ...binding }] }), asked) !== null).toBe(expected);
});

test("missing, not permitted, expired and not bound look the same, word for word", async () => {
  const { vault, clock } = await openVault(temporaryFolder());
  const value = () => Secret.fromText("s3cret");
  vault.store({ name: "mine", note: "", value: value(), details: details() });
  vault.store({ name: "nobodys", note: "", value: value() });
  vault.store({ name: "expired", note: "", value: value(), details: details({ expiresAt: clock.now() }) });
  vault.store({
    name: "elsewhere",
    note: "",
    value: value(),
    details: details({ bindings: [{ ...anywhere, host: "other.example.com" }] }),
  });
  expect(await vault.withPermittedSecret("mine", asker, (found) => found.use((bytes) => bytes.toString()))).toBe("s3cret");
  const answers = await Promise.all(
    ["missing", "nobodys", "expired", "elsewhere"].map(async (name) => {
      const error = await vault.withPermittedSecret(name, asker, () => "got it").catch((caught: unknown) => Object(caught));
      return JSON.stringify([error.code, error.message, error.remedy]).replaceAll(name, "NAME");
    }),
  );
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toContain("NOT_FOUND");
});

test("missing and not permitted take the same time, within what can be told apart over a socket", { retry: 2 }, async () => {
  const { vault } = await openVault(temporaryFolder());
  vault.store({ name: "nobodys", note: "", value: Secret.fromText("s3cret") });
  const median = async (name: string) => {
    const times: number[] = [];
    for (let at = 0; at < 400; at++) {
      const begun = performance.now();
      await vault.withPermittedSecret(name, asker, () => 1).catch(() => 0);
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b)[200] ?? 0;
  };
  await median("nobodys");
  const [missing, refused] = [await median("missing"), await median("nobodys")];
  expect(Math.abs(missing - refused)).toBeLessThan(0.1);
});

test("a use is remembered: when, by which run, for which tool; a refusal is none", async () => {
  const { vault, clock } = await openVault(temporaryFolder());
  vault.store({ name: "mine", note: "", value: Secret.fromText("v"), details: details() });
  expect(vault.list()[0]?.lastUse).toBeNull();
  await vault.withPermittedSecret("mine", { ...asker, destination: null }, () => undefined);
  clock.advance(5_000);
  await expect(
    vault.withPermittedSecret("mine", { ...asker, destination: { host: "evil.test", method: "GET", path: "/" } }, () => 1),
  ).rejects.toThrow();
  expect(vault.list()[0]?.lastUse).toEqual({ at: clock.now() - 5_000, runId: "run-000001", taskId: null, tool: "http" });
});
