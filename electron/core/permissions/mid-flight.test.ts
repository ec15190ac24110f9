import { expect, test } from "vitest";
import { openPermissions, otherRun, runId, shell, taskId } from "../../testing/permission-bench.ts";
import { here, withService } from "../../testing/rule-book.ts";
import { requestKey } from "../policy/decide.ts";

test("a request that waits is answered by nothing but a person: no grant, no rule and no hour that comes or ends meanwhile", async () => {
  const { service, ask, next, clock } = await openPermissions();
  const resolutions = [ask("npm test", 1, { expiresInMs: null }), ask("npm test", 1, { expiresInMs: null, runId: otherRun })];
  const [first, second] = [await next(), await next()];
  await service.answer(first.id, first.nonce, "allow-hour", "Ada");
  expect(await resolutions[0]).toMatchObject({ kind: "allowed" });
  expect(service.grantsOf(otherRun, taskId)).toEqual(new Set([requestKey(shell("npm test"), first.verdict.ruleSetHash)]));
  expect(service.pending().map(({ id }) => id)).toEqual([second.id]);
  clock.advance(3_600_000);
  expect(service.grantsOf(otherRun, taskId).size).toBe(0);
  expect(service.pending().map(({ id }) => id)).toEqual([second.id]);
  await service.answer(second.id, second.nonce, "deny", "Ada");
  expect(await resolutions[1]).toMatchObject({ kind: "denied" });
});

test("a rule that an answer writes does not answer the same question that waits beside it", async () => {
  const { service, ask, decisionIn } = await withService();
  const first = await ask(shell("npm test"), here);
  const second = await ask(shell("npm test"), here);
  await service.answer(first.id, first.nonce, "allow-repository", "Ada", "shell(npm test)");
  expect(decisionIn(here)).toBe("allow");
  expect(service.pending().map(({ id }) => id)).toEqual([second.id]);
});

test("of an answer and a change of the expiry that come at once one holds, and what was answered is not pending again", async () => {
  for (const order of ["answer first", "expiry first"] as const) {
    const { service, ask, next, database } = await openPermissions();
    const resolution = ask("npm test");
    const request = await next();
    const answer = async () => await service.answer(request.id, request.nonce, "allow-once", "Ada");
    const expiry = async () => await service.setExpiry(runId, null);
    const [one] = await Promise.allSettled(order === "answer first" ? [answer(), expiry()] : [expiry(), answer()]);
    expect(one?.status).toBe("fulfilled");
    const [waiting] = service.pending();
    if (waiting !== undefined) {
      expect([order, waiting.expiresAt]).toEqual(["expiry first", null]);
      await service.answer(request.id, request.nonce, "allow-once", "Ada");
    }
    expect((await resolution).kind).toBe("allowed");
    expect(database.get("select status from permission_requests where id = ?", request.id)).toEqual({ status: "answered" });
  }
});

test("a grant that two windows revoke at once is revoked once; the other is told that it has ended", async () => {
  const { service, ask, next, entries } = await openPermissions();
  const resolution = ask("npm test");
  const request = await next();
  await service.answer(request.id, request.nonce, "allow-run", "Ada");
  await resolution;
  const both = await Promise.allSettled([service.revoke(request.id, "Ada"), service.revoke(request.id, "Grace")]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(service.grantsOf(runId, taskId).size).toBe(0);
  const ends = (await entries()).filter(({ verb, phase }) => verb.includes("revoke") && phase === "outcome");
  expect(ends.filter(({ outcome }) => outcome === "done")).toHaveLength(1);
});

test("a request that is made while a start expires the orphans of the last one is not one of them", async () => {
  const { service, ask, next, again, database } = await openPermissions();
  void ask("npm test");
  void ask("npm ci");
  const orphans = [await next(), await next()];
  const started = again();
  const expiring = started.expireOrphans();
  const fresh = started.ask({
    ...{ taskId, runId: otherRun, repositoryId: here, taskTitle: "Mend", repositoryName: "sample", agentName: "Practice" },
    ...{ request: shell("make"), verdict: orphans[0]?.verdict ?? (await next()).verdict, edit: null, agentWords: null, expiresInMs: null },
  });
  expect(await expiring).toBe(2);
  await expect.poll(() => started.pending().length).toBe(1);
  const statuses = database.all("select status from permission_requests order by created_at, id");
  expect(statuses.filter((row) => JSON.stringify(row) === '{"status":"pending"}')).toHaveLength(1);
  for (const { id, nonce } of orphans)
    await expect(started.answer(id, nonce, "allow-once", "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  await started.close();
  expect((await fresh).kind).toBe("withdrawn");
  await service.close();
});
