import { SecretId } from "#shared/contract/ids.ts";
import { SecretDetails, type SecretKind, type SecretSummary, usualBindings } from "#shared/contract/vault.ts";
import type { Client } from "../rpc/client.ts";
import { toIterator } from "./published.ts";

const day = 86_400_000;
const everyone = { repositoryId: null, agentId: null, tool: null };

/** Secrets without values, for looking at screens: bound, unbound, nobody's, expiring, expired, old and unused. */
export function fakeVault(isEmpty: boolean, failure: (code: string, message: string, remedy: string) => Error): Client["vault"] {
  let secrets: SecretSummary[] = isEmpty ? [] : samples();
  const put = (id: string, change: Partial<SecretSummary>): SecretSummary => {
    const found = secrets.find((one) => one.id === id);
    if (found === undefined) throw failure("NOT_FOUND", "There is no such secret.", "Reload the list.");
    const changed = { ...found, ...change };
    secrets = secrets.map((one) => (one.id === id ? changed : one));
    return changed;
  };
  return {
    list: async () => secrets,
    store: async ({ name, note, value: _value, ...details }) => {
      if (secrets.some((one) => one.name === name))
        throw failure("CONFLICT", `There is a secret named ${name} already.`, "Choose another name, or replace its value.");
      const stored = { ...secret(name, secrets.length, "generic"), ...SecretDetails.parse(details), note };
      secrets = [...secrets, stored];
      return stored;
    },
    replace: async ({ id }) => put(id, { replacedAt: Date.now() }),
    describe: async ({ id, note, ...details }) => put(id, { note, ...SecretDetails.parse(details) }),
    remove: async ({ id }) => {
      secrets = secrets.filter((one) => one.id !== id);
      return {};
    },
    putIntoSandbox: async ({ name }) => ({ path: `/tmp/gatehouse-secrets/${name}` }),
    readEnv: async () => [
      { line: 1, variable: "STRIPE_KEY", name: "stripe_key", kind: "generic", problem: null },
      { line: 2, variable: "GITHUB_TOKEN", name: "github_token", kind: "github", problem: null },
      { line: 4, variable: "", name: null, kind: "generic", problem: "This line is not NAME=value." },
    ],
    importEnv: async () => ({ secrets: [], notShredded: null }),
    rotateKey: async () =>
      toIterator(
        (async function* () {
          for (let done = 0; done <= 5; done++) {
            await new Promise((resolve) => setTimeout(resolve, 200));
            yield { done: done * 40, total: 200 };
          }
        })(),
      ),
  };
}

function samples(): SecretSummary[] {
  const now = Date.now();
  const all = { scopes: [everyone] };
  return [
    secret("anthropic", 0, "anthropic", { ...all, lastUse: { at: now - 240_000, runId: "run-7f3a9k2m", taskId: null, tool: "egress" } }),
    secret("github-lumen", 1, "github", {
      ...all,
      expiresAt: now + 5 * day,
      lastUse: { at: now - day, runId: null, taskId: null, tool: "egress" },
    }),
    secret("npm-publish", 2, "generic", { note: "For releases only" }),
    secret("stripe-test", 3, "generic", { ...all, createdAt: now - 400 * day, expiresAt: now - day }),
  ];
}

function secret(name: string, index: number, kind: SecretKind, more: Partial<SecretSummary> = {}): SecretSummary {
  return {
    ...{ id: SecretId.parse(`sec-${String(index).padStart(8, "0")}`), name, note: "", kind },
    ...{ createdAt: Date.now() - (index + 1) * 86_400_000, replacedAt: null, lastUse: null, rotatedAt: [] },
    ...{ scopes: [], bindings: [...usualBindings[kind]], expiresAt: null },
    ...more,
  };
}
