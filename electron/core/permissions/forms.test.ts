import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { openPermissions, runId } from "../../testing/permission-bench.ts";
import { maximumFormsOfRun } from "./crowd.ts";

const filled = { action: "accept", values: { database: "sqlite" } } as const;

/** The form is on record and waits. */
async function asking(expiresInMs: number | null = 600_000) {
  const bench = await openPermissions();
  const resolution = bench.askForm(expiresInMs);
  await expect.poll(() => bench.service.pending().length).toBe(1);
  return { ...bench, resolution, form: bench.waitingForm() };
}

test("a form waits among the requests, after all that is risky, and is answered once with its nonce", async () => {
  const { service, ask, next, resolution, form } = await asking();
  void ask("rm -r x");
  const request = await next();
  expect(service.pending().map(({ id }) => id)).toEqual([request.id, form.id]);
  await expect(service.answerForm(form.id, "0".repeat(32), filled, "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
  await expect(service.answerForm(request.id, request.nonce, filled, "Ada")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(service.answer(form.id, form.nonce, "allow-run", "Ada")).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(service.answerForm(form.id, form.nonce, { action: "accept", values: { database: "oracle" } }, "Ada")).rejects.toMatchObject({
    code: "INVALID_INPUT",
  });
  expect(await service.answerForm(form.id, form.nonce, filled, "Ada")).toMatchObject({ status: { how: "answered", by: "Ada" } });
  expect(await resolution).toEqual({ how: "answered", answer: filled });
  await expect(service.answerForm(form.id, form.nonce, filled, "Ada")).rejects.toMatchObject({ code: "STALE_ANSWER" });
});

test("what is said to a form is in neither log nor database, and allows nothing", async () => {
  const { service, database, entries, form } = await asking();
  await service.answerForm(form.id, form.nonce, { action: "accept", values: { database: "sqlite", note: "hunter2-hunter2" } }, "Ada");
  const rows = database.all("select record from permission_requests");
  expect(JSON.stringify([rows, await entries()])).not.toContain("hunter2");
  expect((await entries()).map(({ phase, verb }) => `${phase} ${verb}`)).toEqual([
    "note question.ask",
    "intent question.end",
    "outcome question.end",
  ]);
  expect([service.grants(), service.history(10)]).toEqual([[], []]);
});

test("a form that nobody answers is left, also when the clock was set back; one without a limit waits", async () => {
  const { clock, resolution } = await asking(60_000);
  clock.setBack(86_400_000);
  clock.advance(60_000);
  expect(await resolution).toEqual({ how: "expired", answer: { action: "cancel" } });
  const patient = await asking(null);
  patient.clock.advance(7 * 86_400_000);
  await setImmediate();
  expect(patient.waitingForm().expiresAt).toBeNull();
});

test("a run has a few forms open at most; the end of the run withdraws them", async () => {
  const { service, askForm, resolution } = await asking();
  for (let open = 1; open < maximumFormsOfRun; open += 1) void askForm();
  await expect.poll(() => service.pending().length).toBe(maximumFormsOfRun);
  expect(await askForm()).toEqual({ how: "withdrawn", answer: { action: "cancel" } });
  await service.withdrawRun(runId, "The run ended.");
  expect([(await resolution).how, service.pending()]).toEqual(["withdrawn", []]);
});

test("a form of a run that is gone expires at the next start", async () => {
  const { again } = await asking();
  const next = again();
  expect(await next.expireOrphans()).toBe(1);
  expect(await next.expireOrphans()).toBe(0);
});
