import { expect, test } from "vitest";
import { RequestId, RunId, TaskId } from "#shared/contract/ids.ts";
import { context, openPermissions, otherRun, rules, runId, shell, taskId } from "../../testing/permission-bench.ts";
import { decide, requestKey } from "../policy/decide.ts";
import { crowdOf, maximumPending, maximumPendingOfRun } from "./crowd.ts";

test("an answer of 'allow once' resolves the question and leaves no grant", async () => {
  const { service, ask, next } = await openPermissions();
  const resolution = ask("npm test");
  const request = await next();
  expect(service.pending()).toEqual([request]);
  await service.answer(request.id, request.nonce, "allow-once", "Ada");
  expect(await resolution).toMatchObject({ kind: "allowed", scope: "once", request: { status: { answer: "allow-once", by: "Ada" } } });
  expect(service.grantsOf(runId, taskId)).toEqual(new Set());
  expect(service.pending()).toEqual([]);
});

test("'allow for this run' grants exactly this request, and decide then allows it", async () => {
  const { service, ask, next } = await openPermissions();
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

test("a secret is not allowed once: that would be more than it says, so it is refused and the request goes on waiting", async () => {
  const { service, ask, next } = await openPermissions();
  const asked = ask("ls", 60_000, { request: { tool: "secret", name: "forge", host: "forge.test" } });
  const request = await next();
  await expect(service.answer(request.id, request.nonce, "allow-once", "Ada")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(service.pending().map(({ id }) => id)).toEqual([request.id]);
  expect(service.grantsOf(runId, taskId)).toEqual(new Set());
  await service.answer(request.id, request.nonce, "allow-run", "Ada");
  expect(await asked).toMatchObject({ kind: "allowed", scope: "run" });
});

test("a grant ends with its run", async () => {
  const { service, ask, next } = await openPermissions();
  void ask("npm test");
  const request = await next();
  await service.answer(request.id, request.nonce, "allow-run", "Ada");
  await service.withdrawRun(runId, "The run ended.");
  expect(service.grantsOf(runId, taskId)).toEqual(new Set());
});

test("'allow for an hour' holds in later runs of the task, after a restart, and no longer than an hour by either clock", async () => {
  const { service, clock, ask, next, again } = await openPermissions();
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
  const { service, clock, ask, next } = await openPermissions();
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
  const { service, ask, next, verbs } = await openPermissions();
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
  const { service, ask, next } = await openPermissions();
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
  const { service, ask, next } = await openPermissions();
  const resolution = ask("npm test");
  const { id, nonce } = await next();
  const answers = await Promise.allSettled([service.answer(id, nonce, "deny", "Ada"), service.answer(id, nonce, "allow-once", "Eve")]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(answers[1]).toMatchObject({ reason: { code: "STALE_ANSWER" } });
  expect((await resolution).kind).toBe("denied");
  await expect(service.answer(id, nonce, "allow-once", "Eve")).rejects.toMatchObject({ code: "STALE_ANSWER" });
});

test("an answer with another request's nonce is refused and the request goes on waiting", async () => {
  const { service, ask, next } = await openPermissions();
  void ask("npm test");
  const first = await next();
  void ask("npm ci");
  const second = await next();
  expect(first.nonce).toMatch(/^[0-9a-f]{32}$/);
  await expect(service.answer(first.id, second.nonce, "allow-once", "Eve")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  expect(service.pending()).toHaveLength(2);
});

test("withdrawing a run ends its requests and no others", async () => {
  const { service, ask, next } = await openPermissions();
  const resolution = ask("npm test");
  await next();
  void ask("npm test", 60_000, { runId: otherRun });
  await next();
  await service.withdrawRun(runId, "Cancelled by you.");
  expect(await resolution).toMatchObject({ kind: "withdrawn", request: { status: { why: "Cancelled by you." } } });
  expect(service.pending().map((request) => request.runId)).toEqual([otherRun]);
});

test("aborting the caller withdraws its request, before and while it waits", async () => {
  const { service, ask, next } = await openPermissions();
  const controller = new AbortController();
  const resolution = ask("npm test", 60_000, {}, controller.signal);
  await next();
  controller.abort();
  expect((await resolution).kind).toBe("withdrawn");
  expect((await ask("npm test", 60_000, {}, controller.signal)).kind).toBe("withdrawn");
  expect(service.pending()).toEqual([]);
});

test("the request is on disk and in the log before any view hears of it", async () => {
  const { database, ask, next, verbs } = await openPermissions();
  void ask("npm test");
  const request = await next();
  expect(database.get("select status, run_id from permission_requests where id = ?", request.id)).toEqual({
    status: "pending",
    run_id: runId,
  });
  expect(await verbs()).toEqual(["note permission.ask"]);
});

test("the answer's audit entry stands before its effect and carries rule, person and latency", async () => {
  const { service, clock, ask, next, entries, verbs } = await openPermissions();
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
  const { service, ask, next, audit, database } = await openPermissions();
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
  const { service, ask, next, again } = await openPermissions();
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
  const { database, ask, next, again } = await openPermissions();
  void ask("npm test");
  await next();
  database.run("update permission_requests set record = '{}'");
  expect(await again().expireOrphans()).toBe(1);
});

test("a run cannot pile up more prompts than a person could read", async () => {
  const { service, ask, next } = await openPermissions();
  for (let index = 0; index < maximumPendingOfRun; index += 1) {
    void ask(`npm run step-${index}`);
    await next();
  }
  const one = { kind: "crowded", why: expect.stringContaining("64"), request: { status: { status: "withdrawn" } } };
  expect(await ask("npm run one-more")).toMatchObject(one);
  expect(service.pending()).toHaveLength(maximumPendingOfRun);
});

test("all runs together cannot pile up more than a bound, whatever each has waiting", async () => {
  const { ask, next } = await openPermissions();
  void ask("npm test");
  const one = await next();
  const elsewhere = Array.from({ length: maximumPending }, (_, at) => ({ request: { ...one, runId: RunId.parse(`run-crowd${at % 40}`) } }));
  expect(crowdOf(elsewhere.slice(1), one)).toBeNull();
  expect(crowdOf(elsewhere, one)).toContain("2000 requests are waiting already");
});

test("pending requests stand riskiest first, then oldest first", async () => {
  const { service, clock, ask, next } = await openPermissions();
  for (const command of ["npm test", "ls | sort", "sudo rm -r x", "npm ci"]) {
    void ask(command);
    await next();
    clock.advance(1);
  }
  const order = service.pending().map((one) => (one.kind === "permission" && one.request.tool === "shell" ? one.request.command : ""));
  expect(order).toEqual(["sudo rm -r x", "npm ci", "npm test", "ls | sort"]);
});

test("closing withdraws what waits; afterwards nothing is asked", async () => {
  const { service, ask, next } = await openPermissions();
  const resolution = ask("npm test");
  await next();
  await service.close();
  expect(await resolution).toMatchObject({ kind: "withdrawn" });
  expect((await ask("npm test")).kind).toBe("withdrawn");
});

test("an unknown id is a stale answer", async () => {
  const { service } = await openPermissions();
  await expect(service.answer(RequestId.parse("req-zzzzzz"), "0".repeat(32), "allow-once", "Eve")).rejects.toMatchObject({
    code: "STALE_ANSWER",
  });
});
