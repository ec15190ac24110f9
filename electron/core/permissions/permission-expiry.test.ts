import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { openPermissions, otherRun, runId } from "../../testing/permission-bench.ts";

test("a request that nobody answers expires", async () => {
  const { clock, ask, next, verbs } = await openPermissions();
  const resolution = ask("npm test", 60_000);
  await next();
  clock.advance(59_999);
  clock.advance(1);
  expect(await resolution).toMatchObject({ kind: "expired", request: { status: { status: "expired" } } });
  await expect.poll(verbs).toEqual(["note permission.ask", "intent permission.expire", "outcome permission.expire"]);
});

test("an answer after the time is refused even when no timer has fired, as after a sleep", async () => {
  const { service, clock, ask, next } = await openPermissions();
  const resolution = ask("npm test", 60_000);
  const request = await next();
  clock.sleep(3_600_000);
  await expect(service.answer(request.id, request.nonce, "allow-once", "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  expect((await resolution).kind).toBe("expired");
});

test("within ten seconds of waking a slept-through request has expired", async () => {
  const { clock, ask, next } = await openPermissions();
  const resolution = ask("npm test", 60_000);
  await next();
  clock.sleep(3_600_000);
  clock.advance(10_000);
  expect((await resolution).kind).toBe("expired");
});

test("setting the clock back gains no time", async () => {
  const { clock, ask, next } = await openPermissions();
  const resolution = ask("npm test", 60_000);
  await next();
  clock.setBack(86_400_000);
  clock.advance(60_000);
  expect((await resolution).kind).toBe("expired");
});

test("a request without an expiry waits through days, sleeps and clocks that are set, until a person answers", async () => {
  const { service, clock, ask, next } = await openPermissions();
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
  const { service, clock, database, ask, next, entries } = await openPermissions();
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
  const { service, ask, next, again } = await openPermissions();
  void ask("npm test", 1, { expiresInMs: null });
  const request = await next();
  expect(await again().expireOrphans()).toBe(1);
  await expect(again().answer(request.id, request.nonce, "allow-once", "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  await service.close();
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setImmediate();
}
