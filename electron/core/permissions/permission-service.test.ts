import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { RepositoryId, RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import type { AuditEntry } from "#shared/contract/audit.ts";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { decide, requestKey } from "../policy/decide.ts";
import { defaultRuleSet } from "../policy/rule-set.ts";
import type { Database } from "../storage/database.ts";
import { openDatabase } from "../storage/open-database.ts";
import { maximumPendingOfRun, PermissionService } from "./permission-service.ts";
import type { Question, Resolution } from "./permissions.ts";

const rules = defaultRuleSet();
const taskId = TaskId.parse("t-aaaaaa");
const runId = RunId.parse("run-aaaaaa");
const otherRun = RunId.parse("run-bbbbbb");
const context = { worktree: "/w", home: "/home/agent", realPath: null, grants: new Set<string>(), now: 0 };

test("an answer of 'allow once' resolves the question and leaves no grant", async () => {
  const { service, ask, next } = await setUp();
  const resolution = ask("npm test");
  const request = await next();
  expect(service.pending()).toEqual([request]);
  await service.answer(request.id, request.nonce, "allow-once", "Ada");
  expect(await resolution).toMatchObject({ kind: "allowed", scope: "once", request: { status: { answer: "allow-once", by: "Ada" } } });
  expect(service.grantsOf(runId, taskId)).toEqual(new Set());
  expect(service.pending()).toEqual([]);
});

test("'allow for this run' grants exactly this request, and decide then allows it", async () => {
  const { service, ask, next } = await setUp();
  const resolution = ask("npm test");
  const request = await next();
  await service.answer(request.id, request.nonce, "allow-run", "Ada");
  expect(await resolution).toMatchObject({ kind: "allowed", scope: "run" });
  const grants = service.grantsOf(runId, taskId);
  expect(grants).toEqual(new Set([requestKey(shell("npm test"), rules.hash)]));
  expect(service.grantsOf(otherRun, taskId)).toEqual(new Set());
  expect(decide(shell("npm test"), rules, { ...context, grants }).decision).toBe("allow");
  expect(decide(shell("npm test -- --force"), rules, { ...context, grants }).decision).toBe("ask");
  expect(decide({ ...shell("npm test"), cwd: "/other" }, rules, { ...context, grants }).decision).toBe("ask");
});

test("a grant ends with its run", async () => {
  const { service, ask, next } = await setUp();
  void ask("npm test");
  const request = await next();
  await service.answer(request.id, request.nonce, "allow-run", "Ada");
  await service.withdrawRun(runId, "The run ended.");
  expect(service.grantsOf(runId, taskId)).toEqual(new Set());
});

test("'allow for an hour' holds in later runs of the task, after a restart, and no longer than an hour by either clock", async () => {
  const { service, clock, ask, next, again } = await setUp();
  const resolution = ask("npm test");
  const request = await next();
  await service.answer(request.id, request.nonce, "allow-hour", "Ada");
  expect(await resolution).toMatchObject({ kind: "allowed", scope: "hour" });
  const restarted = again();
  await restarted.expireOrphans();
  expect(restarted.grantsOf(otherRun, taskId).size).toBe(1);
  expect(restarted.grantsOf(otherRun, TaskId.parse("t-bbbbbb")).size).toBe(0);
  clock.setBack(60_000);
  expect(restarted.grantsOf(otherRun, taskId).size).toBe(0);
});

test("an hour ends, however the clock of the wall is set", async () => {
  const { service, clock, ask, next } = await setUp();
  void ask("npm test");
  const request = await next();
  clock.advance(600_000 - 1);
  await service.answer(request.id, request.nonce, "allow-hour", "Ada");
  expect(service.grants()).toMatchObject([{ scope: "hour", summary: "npm test", by: "Ada" }]);
  clock.setBack(0);
  clock.advance(3_600_000);
  expect(service.grantsOf(runId, taskId).size).toBe(0);
  expect(service.grants()).toEqual([]);
});

test("a grant is revoked on record, and 'stop everything' drops them", async () => {
  const { service, ask, next, verbs } = await setUp();
  void ask("npm test");
  const first = await next();
  await service.answer(first.id, first.nonce, "allow-run", "Ada");
  void ask("npm ci");
  const second = await next();
  await service.answer(second.id, second.nonce, "allow-hour", "Ada");
  expect(
    service
      .grants()
      .map(({ scope }) => scope)
      .toSorted(),
  ).toEqual(["hour", "run"]);
  await service.revoke(first.id, "Ada");
  expect(service.grantsOf(runId, taskId).size).toBe(1);
  expect((await verbs()).slice(-2)).toEqual(["intent permission.revoke", "outcome permission.revoke"]);
  service.dropGrants();
  expect(service.grants()).toEqual([]);
});

test("'deny all of this run' answers everything that the run waits for, and nothing of another", async () => {
  const { service, ask, next } = await setUp();
  const first = ask("npm test");
  const { id, nonce } = await next();
  const second = ask("npm ci");
  await next();
  void ask("npm ci", 60_000, { runId: otherRun });
  await next();
  await service.answer(id, nonce, "deny-run", "Ada");
  expect([(await first).kind, (await second).kind]).toEqual(["denied", "denied"]);
  expect(service.pending().map((request) => request.runId)).toEqual([otherRun]);
});

test("a second answer is stale, also when both come at once", async () => {
  const { service, ask, next } = await setUp();
  const resolution = ask("npm test");
  const { id, nonce } = await next();
  const answers = await Promise.allSettled([service.answer(id, nonce, "deny", "Ada"), service.answer(id, nonce, "allow-once", "Eve")]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(answers[1]).toMatchObject({ reason: { code: "STALE_ANSWER" } });
  expect((await resolution).kind).toBe("denied");
  await expect(service.answer(id, nonce, "allow-once", "Eve")).rejects.toMatchObject({ code: "STALE_ANSWER" });
});

test("an answer with another request's nonce is refused and the request goes on waiting", async () => {
  const { service, ask, next } = await setUp();
  void ask("npm test");
  const first = await next();
  void ask("npm ci");
  const second = await next();
  expect(first.nonce).toMatch(/^[0-9a-f]{32}$/);
  await expect(service.answer(first.id, second.nonce, "allow-once", "Eve")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  expect(service.pending()).toHaveLength(2);
});

test("a request that nobody answers expires", async () => {
  const { clock, ask, next, verbs } = await setUp();
  const resolution = ask("npm test", 60_000);
  await next();
  clock.advance(59_999);
  clock.advance(1);
  expect(await resolution).toMatchObject({ kind: "expired", request: { status: { status: "expired" } } });
  await expect.poll(verbs).toEqual(["note permission.ask", "intent permission.expire", "outcome permission.expire"]);
});

test("an answer after the time is refused even when no timer has fired, as after a sleep", async () => {
  const { service, clock, ask, next } = await setUp();
  const resolution = ask("npm test", 60_000);
  const request = await next();
  clock.sleep(3_600_000);
  await expect(service.answer(request.id, request.nonce, "allow-once", "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  expect((await resolution).kind).toBe("expired");
});

test("within ten seconds of waking a slept-through request has expired", async () => {
  const { clock, ask, next } = await setUp();
  const resolution = ask("npm test", 60_000);
  await next();
  clock.sleep(3_600_000);
  clock.advance(10_000);
  expect((await resolution).kind).toBe("expired");
});

test("setting the clock back gains no time", async () => {
  const { clock, ask, next } = await setUp();
  const resolution = ask("npm test", 60_000);
  await next();
  clock.setBack(86_400_000);
  clock.advance(60_000);
  expect((await resolution).kind).toBe("expired");
});

test("withdrawing a run ends its requests and no others", async () => {
  const { service, ask, next } = await setUp();
  const resolution = ask("npm test");
  await next();
  void ask("npm test", 60_000, { runId: otherRun });
  await next();
  await service.withdrawRun(runId, "Cancelled by you.");
  expect(await resolution).toMatchObject({ kind: "withdrawn", request: { status: { why: "Cancelled by you." } } });
  expect(service.pending().map((request) => request.runId)).toEqual([otherRun]);
});

test("aborting the caller withdraws its request, before and while it waits", async () => {
  const { service, ask, next } = await setUp();
  const controller = new AbortController();
  const resolution = ask("npm test", 60_000, {}, controller.signal);
  await next();
  controller.abort();
  expect((await resolution).kind).toBe("withdrawn");
  expect((await ask("npm test", 60_000, {}, controller.signal)).kind).toBe("withdrawn");
  expect(service.pending()).toEqual([]);
});

test("the request is on disk and in the log before any view hears of it", async () => {
  const { database, ask, next, verbs } = await setUp();
  void ask("npm test");
  const request = await next();
  expect(database.get("select status, run_id from permission_requests where id = ?", request.id)).toEqual({
    status: "pending",
    run_id: runId,
  });
  expect(await verbs()).toEqual(["note permission.ask"]);
});

test("the answer's audit entry stands before its effect and carries rule, person and latency", async () => {
  const { service, clock, ask, next, entries, verbs } = await setUp();
  void ask("sudo ls");
  const request = await next();
  clock.advance(1_234);
  await service.answer(request.id, request.nonce, "deny", "Ada");
  expect(await verbs()).toEqual(["note permission.ask", "intent permission.answer", "outcome permission.answer"]);
  const intent = (await entries()).find(({ phase }) => phase === "intent");
  expect(intent).toMatchObject({
    actor: { kind: "person", name: "Ada" },
    runId,
    taskId,
    detail: {
      answer: "deny",
      latencyMs: 1_234,
      rule: "shell(sudo:*)",
      summary: "sudo ls",
      requestKey: requestKey(shell("sudo ls"), rules.hash),
    },
  });
});

test("when the log cannot be written nobody is asked, and an answer has no effect", async () => {
  const { service, ask, next, audit, database } = await setUp();
  const resolution = ask("npm test");
  const request = await next();
  await audit.close();
  await expect(service.answer(request.id, request.nonce, "allow-run", "Ada")).rejects.toThrow();
  expect(service.grantsOf(runId, taskId)).toEqual(new Set());
  expect(service.pending()).toHaveLength(1);
  await expect(ask("npm ci")).rejects.toThrow();
  expect(service.pending()).toHaveLength(1);
  await service.withdrawRun(runId, "The run ended.");
  expect((await resolution).kind).toBe("withdrawn");
  expect(database.get("select count(*) as open from permission_requests where status = 'pending'")).toEqual({ open: 0 });
});

test("requests that a kill left pending expire at the next start, and grants are gone", async () => {
  const { service, ask, next, again } = await setUp();
  void ask("npm test");
  await next();
  void ask("npm ci");
  const second = await next();
  await service.answer(second.id, second.nonce, "allow-run", "Ada");
  const afterKill = again();
  expect(await afterKill.expireOrphans()).toBe(1);
  expect(await afterKill.expireOrphans()).toBe(0);
  expect(afterKill.pending()).toEqual([]);
  expect(afterKill.grantsOf(runId, taskId)).toEqual(new Set());
});

test("a damaged record expires too and does not stop the start", async () => {
  const { database, ask, next, again } = await setUp();
  void ask("npm test");
  await next();
  database.run("update permission_requests set record = '{}'");
  expect(await again().expireOrphans()).toBe(1);
});

test("a run cannot pile up more prompts than a person could read", async () => {
  const { service, ask, next } = await setUp();
  for (let index = 0; index < maximumPendingOfRun; index += 1) {
    void ask(`npm run step-${index}`);
    await next();
  }
  expect(await ask("npm run one-more")).toMatchObject({ kind: "withdrawn", request: { status: { why: expect.stringContaining("64") } } });
  expect(service.pending()).toHaveLength(maximumPendingOfRun);
});

test("pending requests stand riskiest first, then oldest first", async () => {
  const { service, clock, ask, next } = await setUp();
  for (const command of ["npm test", "ls | sort", "sudo rm -r x", "npm ci"]) {
    void ask(command);
    await next();
    clock.advance(1);
  }
  const order = service.pending().map(({ request }) => (request.tool === "shell" ? request.command : ""));
  expect(order).toEqual(["sudo rm -r x", "npm ci", "npm test", "ls | sort"]);
});

test("a request without an expiry waits through days, sleeps and clocks that are set, until a person answers", async () => {
  const { service, clock, ask, next } = await setUp();
  const resolution = ask("npm test", 1, { expiresInMs: null });
  const request = await next();
  expect(request.expiresAt).toBeNull();
  for (let day = 0; day < 30; day += 1) clock.advance(86_400_000);
  clock.sleep(86_400_000);
  clock.setBack(999_999_999);
  clock.advance(10_000);
  expect(service.pending()).toEqual([request]);
  await service.answer(request.id, request.nonce, "allow-once", "Ada");
  expect(await resolution).toMatchObject({ kind: "allowed" });
});

test("the expiry of a run's requests can be taken away and given anew, on record and on disk, and no other run's", async () => {
  const { service, clock, database, ask, next, entries } = await setUp();
  const resolution = ask("npm test");
  const request = await next();
  void ask("npm test", 600_000, { runId: otherRun });
  const theirs = await next();
  await service.setExpiry(runId, null);
  expect(service.find(request.id)?.expiresAt).toBeNull();
  clock.advance(600_000);
  await until(() => service.find(theirs.id) === null);
  expect(service.pending().map(({ id }) => id)).toEqual([request.id]);
  await service.setExpiry(runId, 60_000);
  const again = service.find(request.id);
  expect(again?.expiresAt).toBe(clock.now() + 60_000);
  expect(database.get("select expires_at from permission_requests where id = ?", request.id)).toEqual({ expires_at: again?.expiresAt });
  const changes = (await entries()).filter(({ verb }) => verb === "permission.set-expiry");
  expect(changes.map(({ detail }) => [detail["before"], detail["expiresAt"]])).toEqual([
    [request.expiresAt, null],
    [null, again?.expiresAt],
  ]);
  clock.advance(60_000);
  expect((await resolution).kind).toBe("expired");
});

test("a request without an expiry whose run is gone at the next start expires to deny like any other", async () => {
  const { service, ask, next, again } = await setUp();
  void ask("npm test", 1, { expiresInMs: null });
  const request = await next();
  expect(await again().expireOrphans()).toBe(1);
  await expect(again().answer(request.id, request.nonce, "allow-once", "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  await service.close();
});

test("closing withdraws what waits; afterwards nothing is asked", async () => {
  const { service, ask, next } = await setUp();
  const resolution = ask("npm test");
  await next();
  await service.close();
  expect(await resolution).toMatchObject({ kind: "withdrawn" });
  expect((await ask("npm test")).kind).toBe("withdrawn");
});

test("an unknown id is a stale answer", async () => {
  const { service } = await setUp();
  await expect(service.answer(RequestId.parse("req-zzzzzz"), "0".repeat(32), "allow-once", "Eve")).rejects.toMatchObject({
    code: "STALE_ANSWER",
  });
});

/** A clock that can also sleep (the wall moves, timers and the monotonic clock do not) and be set back. */
class SleepingClock extends ManualClock {
  #shift = 0;

  override now(): number {
    return super.now() + this.#shift;
  }

  override monotonic(): number {
    return super.now();
  }

  sleep(ms: number): void {
    this.#shift += ms;
  }

  setBack(ms: number): void {
    this.#shift -= ms;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}

function shell(command: string): ToolRequest & { tool: "shell" } {
  return { tool: "shell", command, cwd: "/w" };
}

async function setUp() {
  const folder = temporaryFolder();
  const clock = new SleepingClock();
  const logger = silentLogger();
  const database: Database = openDatabase({ file: join(folder, "test.db"), key: Secret.fromBytes(randomBytes(32)), clock, logger });
  const audit: AuditLog = await openAuditLog({ folder, clock, logger });
  const again = () => new PermissionService({ database, audit, clock, logger });
  const service = again();
  onTestFinished(async () => {
    await service.close();
    await audit.close();
    database.close();
  });
  const seen: PermissionRequest[] = [];
  const waiters: ((request: PermissionRequest) => void)[] = [];
  service.changed.on((request) => {
    if (request.status.status !== "pending") return;
    const waiter = waiters.shift();
    if (waiter === undefined) seen.push(request);
    else waiter(request);
  });
  const next = async (): Promise<PermissionRequest> =>
    seen.shift() ?? (await new Promise<PermissionRequest>((resolve) => void waiters.push(resolve)));
  const ask = (command: string, expiresInMs = 600_000, more: Partial<Question> = {}, signal?: AbortSignal): Promise<Resolution> => {
    const request = shell(command);
    const question: Question = {
      taskId,
      runId,
      repositoryId: RepositoryId.parse("repo-aaaaaa"),
      taskTitle: "Mend the test",
      repositoryName: "sample",
      agentName: "Practice",
      request,
      verdict: decide(request, rules, context),
      edit: null,
      agentWords: null,
      expiresInMs,
      ...more,
    };
    const asked = service.ask(question, signal);
    asked.catch(() => undefined);
    return asked;
  };
  const entries = async (): Promise<readonly AuditEntry[]> => (await audit.list({ limit: 100 })).entries.toReversed();
  const verbs = async () =>
    (await entries()).filter(({ verb }) => verb.startsWith("permission.")).map(({ phase, verb }) => `${phase} ${verb}`);
  return { service, again, clock, database, audit, ask, next, entries, verbs };
}
