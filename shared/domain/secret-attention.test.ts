import { expect, test } from "vitest";
import { SecretId } from "../contract/ids.ts";
import { SecretDetails, type SecretSummary } from "../contract/vault.ts";
import { attentionOf } from "./secret-attention.ts";

const day = 86_400_000;
const now = 1_000 * day;
const place = { kind: "header" as const, name: "x-api-key", prefix: "" };

function secret(more: Partial<SecretSummary> = {}): SecretSummary {
  return {
    ...{
      id: SecretId.parse("sec-00000000"),
      name: "token",
      note: "",
      createdAt: now - day,
      replacedAt: null,
      lastUse: null,
      rotatedAt: [],
    },
    ...SecretDetails.parse({
      scopes: [{ repositoryId: null, agentId: null, tool: null }],
      bindings: [{ host: "api.example.com", methods: [], paths: [], place }],
    }),
    ...more,
  };
}

test.each([
  ["a new secret in use", {}, []],
  ["expired, to the millisecond", { expiresAt: now }, ["expired"]],
  ["expires in a fortnight", { expiresAt: now + 14 * day }, ["expires-soon"]],
  ["expires later than that", { expiresAt: now + 14 * day + 1 }, []],
  ["nobody may use it", { scopes: [] }, ["nobody"]],
  ["it may go nowhere", { bindings: [] }, ["nowhere"]],
  [
    "a value of half a year",
    { createdAt: now - 181 * day, lastUse: { at: now - day, runId: null, taskId: null, tool: "egress" } },
    ["old"],
  ],
  [
    "a value replaced since",
    { createdAt: now - 181 * day, replacedAt: now - day, lastUse: { at: now - day, runId: null, taskId: null, tool: "egress" } },
    [],
  ],
  ["never used since three months", { createdAt: now - 91 * day }, ["unused"]],
  [
    "not used for three months",
    { createdAt: now - 100 * day, lastUse: { at: now - 91 * day, runId: null, taskId: null, tool: "egress" } },
    ["unused"],
  ],
])("%s", (_title, more, expected) => expect(attentionOf(secret(more), now)).toEqual(expected));
