import { expect, test } from "vitest";
import { SecretSummary } from "#shared/contract/vault.ts";
import { destinationWords, freeName, keyStanding, readKey } from "./agent-key.ts";

const claude = { id: "claude-code", name: "Claude Code", keys: [{ secretKind: "anthropic" as const, label: "Anthropic API key" }] };
const openCode = { id: "opencode", name: "OpenCode", keys: [...claude.keys, { secretKind: "openai" as const, label: "OpenAI API key" }] };
const where = { repositoryId: "repo-000001", now: 1_000 };

const secret = (more: object): SecretSummary =>
  SecretSummary.parse({
    ...{ id: "sec-000001", name: "key", note: "", createdAt: 1, replacedAt: null, kind: "anthropic", expiresAt: null },
    scopes: [{ agentId: "claude-code", repositoryId: null, tool: null }],
    bindings: [{ host: "api.anthropic.com", methods: [], paths: [], place: { kind: "header", name: "x-api-key", prefix: "" } }],
    ...more,
  });

test.each([
  ["none is stored", [], "missing"],
  ["one is stored for it", [secret({})], "there"],
  ["one is stored for all", [secret({ scopes: [{ agentId: null, repositoryId: null, tool: null }] })], "there"],
  ["one is stored for another agent", [secret({ scopes: [{ agentId: "codex", repositoryId: null, tool: null }] })], "not-allowed"],
  [
    "one is stored for another repository",
    [secret({ scopes: [{ agentId: null, repositoryId: "repo-000002", tool: null }] })],
    "not-allowed",
  ],
  ["it may be sent nowhere", [secret({ bindings: [] })], "missing"],
  ["it has expired", [secret({ expiresAt: 999 })], "missing"],
  ["it is of another provider", [secret({ kind: "openai" })], "missing"],
])("when %s", (_, secrets, kind) => {
  expect(keyStanding(claude, secrets, where).kind).toBe(kind);
});

test("an agent without a provider needs no key", () => {
  expect(keyStanding({ id: "practice", keys: [] }, [], where).kind).toBe("none-needed");
});

test("a pasted key is told by its form, and a wrong one refused in words", () => {
  const anthropic = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz";
  const openAi = "sk-proj-abcdefghijklmnopqrstuvwxyz";
  expect(readKey(openCode, anthropic)).toEqual({ kind: "anthropic", value: anthropic, problem: null });
  expect(readKey(openCode, openAi)).toEqual({ kind: "openai", value: openAi, problem: null });
  expect(readKey(claude, openAi)).toEqual({ kind: null, problem: "This is a key of OpenAI. Claude Code takes Anthropic API key." });
  expect(readKey(openCode, "hello")).toEqual({ kind: null, problem: "This is no Anthropic API key or OpenAI API key." });
  expect(readKey(claude, "hello")).toEqual({ kind: null, problem: "An Anthropic key begins with sk-ant-." });
});

test.each([
  " sk-ant-api03-abcdefghijklmnopqrstuvwxyz\n",
  "ANTHROPIC_API_KEY=sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
  'export ANTHROPIC_API_KEY="sk-ant-api03-abcdefghijklmnopqrstuvwxyz"',
])("what came along with a pasted key is left out: %j", (pasted) => {
  expect(readKey(claude, pasted)).toEqual({ kind: "anthropic", value: "sk-ant-api03-abcdefghijklmnopqrstuvwxyz", problem: null });
});

test("it says where the key goes, and finds a free name", () => {
  expect(destinationWords(claude)).toBe("api.anthropic.com (x-api-key)");
  expect(freeName("anthropic", "claude-code", [secret({ name: "anthropic-claude-code" })])).toBe("anthropic-claude-code-2");
});
