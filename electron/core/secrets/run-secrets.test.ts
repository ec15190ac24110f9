import { readFileSync, rmSync, statSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { RepositoryId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { RuleList } from "#shared/contract/policy.ts";
import { SecretDetails } from "#shared/contract/vault.ts";
import { openVault, passphrase } from "../../testing/open-vault.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { PermissionService } from "../permissions/permission-service.ts";
import type { Resolution } from "../permissions/permissions.ts";
import { decide } from "../policy/decide.ts";
import { compileRuleSet } from "../policy/rule-set.ts";
import { LiveSecrets } from "../redactor/live-secrets.ts";
import { redactWork } from "./redact-work.ts";
import { RunSecrets } from "./run-secrets.ts";
import { putIntoSandbox } from "./sandbox-grant.ts";
import { SecretGate } from "./secret-gate.ts";
import { coreOf } from "./sentinels.ts";

const run = {
  taskId: TaskId.parse("t-aaaaaa"),
  id: RunId.parse("run-aaaaaa"),
  repositoryId: RepositoryId.parse("repo-aaaaaa"),
  agentId: "practice",
};
const value = "hunter2-hunter2-hunter2";
const place = { kind: "header" as const, name: "authorization", prefix: "Bearer " };
const details = SecretDetails.parse({
  kind: "github",
  scopes: [{ repositoryId: run.repositoryId, agentId: null, tool: null }],
  bindings: [{ host: "api.github.com", methods: ["GET"], paths: ["/repos"], place }],
});
const purpose = { tool: "egress", destination: { host: "api.github.com", method: "GET", path: "/repos/a/b" } };
const never = new AbortController().signal;

test("a sentinel looks like a token of its kind, is the same each time, and belongs to its run alone", async () => {
  const one = await setUp({});
  const other = await setUp({});
  const sentinel = one.secrets.sentinelFor("forge");
  expect(sentinel).toMatch(/^ghp_[A-Za-z0-9]{36}$/);
  expect(one.secrets.sentinelFor("forge")).toBe(sentinel);
  expect(one.secrets.namesIn(`authorization: Bearer ${sentinel}`)).toEqual(["forge"]);
  expect(one.secrets.namesIn(`https://x:${coreOf(sentinel)}@host`)).toEqual(["forge"]);
  expect(other.secrets.namesIn(sentinel)).toEqual([]);
  expect(other.secrets.namesIn("Bearer {{secret:forge}}")).toEqual(["forge"]);
  expect(one.secrets.fill("curl -H 'x: {{secret:forge}}' {{secret:forge}} {{ secret:forge }} {{secret:NO}}")).toBe(
    `curl -H 'x: ${sentinel}' ${sentinel} ${sentinel} {{secret:NO}}`,
  );
});

test("sentinels of names that are missing and of names that are not for this run look the same", async () => {
  const { secrets, vault } = await setUp({});
  vault.store({ name: "nobodys", note: "", value: Secret.fromText(value), details: SecretDetails.parse({ kind: "github" }) });
  for (const name of ["nobodys", "missing"]) expect(secrets.sentinelFor(name)).toMatch(/^gatehouse[0-9a-z]{26}$/);
});

test("the hosts whose connections must be opened are those of the secrets in scope, also while locked", async () => {
  const { secrets, vault } = await setUp({});
  vault.store({ name: "nobodys", note: "", value: Secret.fromText(value), details: { ...details, scopes: [] } });
  expect(secrets.bound()).toEqual([{ name: "forge", kind: "github", binding: details.bindings[0] }]);
  vault.lock();
  expect(secrets.bound()).toHaveLength(1);
});

test("a rule that allows lends the value, on record before it is used, and the redactor knows it until the run ends", async () => {
  const { secrets, live, audited, vault } = await setUp({ allow: ["secret(forge@api.github.com)"] });
  const lent = await secrets.lend("forge", purpose, never);
  expect(lent.value.use((bytes) => bytes.toString())).toBe(value);
  expect(lent.binding?.place).toEqual(place);
  expect(live.redact(`token=${value}`)).toBe("token=[secret forge]");
  lent[Symbol.dispose]();
  expect(() => lent.value.use(() => 1)).toThrow();
  expect(live.redact(value)).toBe("[secret forge]");
  secrets[Symbol.dispose]();
  expect(live.redact(value)).toBe(value);
  expect(vault.list()[0]?.lastUse).toMatchObject({ runId: run.id, taskId: null, tool: "egress" });
  const entries = await audited();
  expect(entries.map(({ verb, phase, outcome }) => [verb, phase, outcome])).toEqual([
    ["secret.use", "intent", null],
    ["secret.use", "outcome", "done"],
  ]);
  expect(entries[0]?.detail).toMatchObject({ secret: "forge", host: "api.github.com", decidedBy: "rule" });
  expect(JSON.stringify(entries)).not.toContain(value);
});

test("missing, not bound there, out of scope and denied by a rule are one answer to the asker, and told apart on record only by the person", async () => {
  const { secrets, vault, audited } = await setUp({ allow: ["secret(*)"], deny: ["secret(forbidden)"] });
  vault.store({ name: "nobodys", note: "", value: Secret.fromText(value), details: { ...details, scopes: [] } });
  vault.store({ name: "forbidden", note: "", value: Secret.fromText(value), details });
  const answers = new Set<string>();
  for (const [name, asked] of [
    ["missing", purpose],
    ["nobodys", purpose],
    ["forbidden", purpose],
    ["forge", { ...purpose, destination: { ...purpose.destination, host: "evil.test" } }],
    ["forge", { ...purpose, destination: { ...purpose.destination, method: "DELETE" } }],
  ] as const) {
    const error = await secrets.lend(name, asked, never).catch((caught: unknown) => Object(caught));
    answers.add(JSON.stringify([error.code, error.message, error.remedy]).replaceAll(name, "NAME"));
  }
  expect([...answers]).toEqual([expect.stringContaining("NOT_FOUND")]);
  expect((await audited()).filter(({ phase }) => phase === "outcome").map(({ outcome }) => outcome)).toEqual(Array(5).fill("refused"));
});

test("missing and not permitted take the same time, within what can be told apart over a socket", { retry: 2 }, async () => {
  const { secrets, vault } = await setUp({ allow: ["secret(*)"] });
  vault.store({ name: "nobodys", note: "", value: Secret.fromText(value), details: { ...details, scopes: [] } });
  const times: Record<string, number[]> = { nobodys: [], missing: [] };
  for (let at = 0; at < 240; at++)
    for (const name of ["nobodys", "missing"]) {
      const begun = performance.now();
      await secrets.lend(name, purpose, never).catch(() => 0);
      times[name]?.push(performance.now() - begun);
    }
  const [one, other] = Object.values(times).map((all) => all.sort((a, b) => a - b)[120] ?? 0);
  expect(Math.abs((one ?? 0) - (other ?? 1_000))).toBeLessThan(0.4);
});

test("where no rule decides the person is asked once for many that wait, and 'for this run' lets the rest pass", async () => {
  const { secrets, permissions, next } = await setUp({});
  const asked = [1, 2, 3].map(async () => await secrets.lend("forge", purpose, never));
  const request = await next();
  expect(request.request).toEqual({ tool: "secret", name: "forge", host: "api.github.com" });
  await permissions.answer(request.id, request.nonce, "allow-run", "Ada");
  for (const lent of await Promise.all(asked)) lent[Symbol.dispose]();
  expect(permissions.history(10)).toHaveLength(1);
});

test("a question outlives the request that gave rise to it: its client is told to come again, and the answer holds for the run", async () => {
  const { secrets, permissions, next, clock, endings } = await setUp({});
  const impatient = new AbortController();
  const gone = secrets.lend("forge", purpose, impatient.signal);
  const request = await next();
  impatient.abort(new Error("the client went away"));
  await expect(gone).rejects.toThrow("the client went away");
  const late = secrets.lend("forge", purpose, never);
  const told = expect(late).rejects.toMatchObject({ name: "StillWaiting", what: "an answer" });
  await turn();
  clock.advance(45_000);
  await told;
  expect(
    permissions.pending().map(({ id }) => id),
    "one question, still open",
  ).toEqual([request.id]);
  const joining = secrets.lend("forge", purpose, never);
  await permissions.answer(request.id, request.nonce, "allow-run", "Ada");
  (await joining)[Symbol.dispose]();
  (await secrets.lend("forge", purpose, never))[Symbol.dispose]();
  expect(permissions.history(10)).toHaveLength(1);
  expect(endings).toEqual([]);
});

test("an answer about a secret survives another rule, not its own revocation, and not a rule that comes to ask or to deny", async () => {
  const { secrets, permissions, next, setRules } = await setUp({});
  const first = secrets.lend("forge", purpose, never);
  const asked = await next();
  await permissions.answer(asked.id, asked.nonce, "allow-run", "Ada");
  (await first)[Symbol.dispose]();
  setRules({ allow: ["egress(other.test)"] });
  (await secrets.lend("forge", purpose, never))[Symbol.dispose]();
  setRules({ deny: ["secret(forge)"] });
  await expect(secrets.lend("forge", purpose, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
  setRules({ ask: ["secret(forge)"] });
  const second = secrets.lend("forge", purpose, never);
  const again = await next();
  await permissions.answer(again.id, again.nonce, "allow-run", "Ada");
  (await second)[Symbol.dispose]();
  for (const { id } of permissions.grants()) await permissions.revoke(id, "Ada");
  const third = secrets.lend("forge", purpose, never);
  const last = await next();
  await permissions.answer(last.id, last.nonce, "deny", "Ada");
  await expect(third).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("what a person agreed to by starting the task needs no question, and stands so in the log; an ask rule asks all the same", async () => {
  const { secrets, permissions, audited, setRules, next, endRun } = await setUp({}, ["forge@api.github.com"]);
  (await secrets.lend("forge", purpose, never))[Symbol.dispose]();
  expect(permissions.history(10)).toEqual([]);
  expect((await audited())[0]?.detail).toMatchObject({ secret: "forge", host: "api.github.com", decidedBy: "start-of-task" });
  setRules({ ask: ["secret(forge@api.github.com)"] });
  const asked = secrets.lend("forge", purpose, never);
  await next();
  endRun();
  await expect(asked).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("what was agreed for one host or one name is agreed for no other", async () => {
  const { secrets, permissions, next } = await setUp({}, ["forge@uploads.github.com", "other@api.github.com"]);
  const asked = secrets.lend("forge", purpose, never);
  const request = await next();
  await permissions.answer(request.id, request.nonce, "deny", "Ada");
  await expect(asked).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a request that waits for an unlock is told to come again, and the wait for the person goes on", async () => {
  const open = await setUp({ allow: ["secret(*)"] });
  open.vault.lock();
  const told = expect(open.secrets.lend("forge", purpose, never)).rejects.toMatchObject({ name: "StillWaiting", what: "an unlock" });
  await turn();
  open.clock.advance(45_000);
  await told;
  await open.vault.unlock(passphrase());
  open.unlocked();
  (await open.secrets.lend("forge", purpose, never))[Symbol.dispose]();
});

test("a person who denies ends the run, and the asker learns no more than that there is none", async () => {
  const { secrets, permissions, next, endings } = await setUp({});
  const asked = secrets.lend("forge", purpose, never);
  const request = await next();
  await permissions.answer(request.id, request.nonce, "deny", "Ada");
  await expect(asked).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(endings.map(({ kind }) => kind)).toEqual(["denied"]);
});

test("while Gatehouse is locked a secret waits for whoever unlocks, and is judged then", async () => {
  const open = await setUp({ allow: ["secret(*)"] });
  open.vault.lock();
  const asked = open.secrets.lend("forge", purpose, never);
  await open.vault.unlock(passphrase());
  open.unlocked();
  using lent = await asked;
  expect(lent.value.use((bytes) => bytes.toString())).toBe(value);
  open.vault.lock();
  expect(() => lent.value.use(() => 1), "locking overwrites what is lent").toThrow();
});

test("when the log cannot be written nothing is lent", async () => {
  const { secrets, audit } = await setUp({ allow: ["secret(*)"] });
  await audit.close();
  await expect(secrets.lend("forge", purpose, never)).rejects.toBeInstanceOf(Error);
});

test("work that holds a value that was lent is named, and no page sees the value", async () => {
  const { secrets, vault } = await setUp({ allow: ["secret(*)"] });
  const diff = JSON.stringify({ patch: `+token = "${value}"`, encoded: Buffer.from(`x${value}`).toString("base64") });
  expect(secrets.leaksIn(diff)).toEqual([]);
  const shown = await redactWork(vault, run, diff);
  expect(JSON.parse(shown)).toMatchObject({ patch: '+token = "[secret forge]"' });
  expect(shown).not.toContain(Buffer.from(value).toString("base64").slice(4, 20));
  expect(vault.list()[0]?.lastUse).toBeNull();
  (await secrets.lend("forge", purpose, never))[Symbol.dispose]();
  expect(secrets.leaksIn(diff)).toEqual(["forge"]);
  expect(secrets.leaksIn("[secret forge] is no value")).toEqual([]);
});

test("a person can put a value into the sandbox itself: as a file that only its user can read, on record, known to the redactor", async () => {
  const { secrets, live, audited, permissions } = await setUp({});
  const process = new ProcessSandbox(temporaryFolder());
  onTestFinished(async () => await process.stop());
  const path = await putIntoSandbox(secrets, process, { name: "forge", by: "Ada" }, never);
  onTestFinished(() => rmSync(path, { force: true }));
  expect(readFileSync(path, "utf8")).toBe(value);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(live.redact(value)).toBe("[secret forge]");
  expect(permissions.history(10)).toEqual([]);
  expect((await audited())[0]?.detail).toMatchObject({ secret: "forge", by: "sandbox", decidedBy: "person", person: "Ada" });
});

test("a rule that denies holds against the person's grant, and out of scope is not there for it either", async () => {
  const denied = await setUp({ deny: ["secret(forge)"] });
  const sandbox = new ProcessSandbox(temporaryFolder());
  onTestFinished(async () => await sandbox.stop());
  const grant = { name: "forge", by: "Ada" };
  await expect(putIntoSandbox(denied.secrets, sandbox, grant, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const other = await setUp({});
  other.vault.store({ name: "nobodys", note: "", value: Secret.fromText(value) });
  await expect(putIntoSandbox(other.secrets, sandbox, { ...grant, name: "nobodys" }, never)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("after the run has ended nothing is lent", async () => {
  const { secrets } = await setUp({ allow: ["secret(*)"] });
  secrets[Symbol.dispose]();
  await expect(secrets.lend("forge", purpose, never)).rejects.toBeInstanceOf(UserError);
});

async function setUp(initial: Partial<RuleList>, agreed: readonly string[] = []) {
  const folder = temporaryFolder();
  const { vault, database, clock } = await openVault(folder);
  vault.store({ name: "forge", note: "", value: Secret.fromText(value), details });
  const audit = await openAuditLog({ folder, clock, logger: silentLogger() });
  const permissions = new PermissionService({ database, audit, clock, logger: silentLogger() });
  onTestFinished(async () => {
    await permissions.close();
    await audit.close();
    database.close();
  });
  const compiled = (written: Partial<RuleList>) => {
    const result = compileRuleSet([{ layer: "workspace", rules: { deny: [], allow: [], ask: [], ...written } }]);
    if (!result.ok) throw new Error("The rules of this test are well formed.");
    return result.ruleSet;
  };
  let rules = compiled(initial);
  const ending = new AbortController();
  const endings: Resolution[] = [];
  const gate = new SecretGate({
    decide,
    rules: () => rules,
    agreedAtStart: () => new Set(agreed),
    isGranted: (id) => permissions.grants().some((grant) => grant.id === id),
    context: () => ({
      ...{ worktree: "/w", home: "/home/agent", realPath: null, now: clock.now() },
      grants: permissions.grantsOf(run.id, run.taskId),
    }),
    ask: async (request, verdict) => {
      const names = { taskTitle: "Mend", repositoryName: "sample", agentName: "Practice" };
      const ids = { taskId: run.taskId, runId: run.id, repositoryId: run.repositoryId };
      const question = { ...ids, ...names, request, verdict, edit: null, agentWords: null, expiresInMs: 600_000 };
      const resolution = await permissions.ask(question, ending.signal);
      if (resolution.kind !== "allowed") endings.push(resolution);
      return resolution;
    },
  });
  const live = new LiveSecrets();
  let unlocked = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (unlocked = resolve));
  const secrets = new RunSecrets({
    ...{ run, vault, live, audit, clock },
    decide: async (name, host, grantedBy) => await gate.decide(name, host, grantedBy),
    untilUnlocked: async () => (vault.isUnlocked() ? undefined : await waiting),
  });
  const seen: PermissionRequest[] = [];
  const waiters: ((request: PermissionRequest) => void)[] = [];
  permissions.changed.on((request) => {
    if (request.kind !== "permission" || request.status.status !== "pending") return;
    const waiter = waiters.shift();
    if (waiter === undefined) seen.push(request);
    else waiter(request);
  });
  const next = async () => seen.shift() ?? (await new Promise<PermissionRequest>((resolve) => void waiters.push(resolve)));
  const audited = async () => (await audit.list({ limit: 500 })).entries.filter(({ verb }) => verb === "secret.use").toReversed();
  const setRules = (written: Partial<RuleList>) => void (rules = compiled(written));
  const endRun = () => ending.abort(new Error("the run ended"));
  return { vault, secrets, live, audit, audited, permissions, next, endings, unlocked, clock, setRules, endRun };
}
