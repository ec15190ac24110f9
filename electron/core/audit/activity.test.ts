import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openAuditLog } from "./open-audit-log.ts";

const hour = 3_600_000;
const noFilter = {};

async function openAt(now: number) {
  const clock = new ManualClock(now);
  const folder = temporaryFolder();
  const open = async () => await openAuditLog({ folder, clock, logger: silentLogger() });
  const log = await open();
  onTestFinished(async () => await log.close());
  return { clock, log, open };
}

const agent = { kind: "agent" as const, runId: "run-000001" };

test("calls, questions, answers and connections are counted in the step that they ended in", async () => {
  const { clock, log } = await openAt(10 * hour);
  await (await log.intent({ verb: "tool.shell", actor: agent })).done();
  await (await log.intent({ verb: "tool.shell", actor: agent })).refused();
  await log.note({ verb: "permission.ask", actor: { kind: "gatehouse" } });
  clock.advance(5 * hour);
  const answers = ["allow-once", "deny", "deny-run"];
  for (const answer of answers) await log.note({ verb: "permission.answer", actor: { kind: "person", name: "owner" }, detail: { answer } });
  await log.note({ verb: "permission.expire", actor: { kind: "gatehouse" } });
  await (await log.intent({ verb: "egress.connect", actor: agent })).done();
  await (await log.intent({ verb: "egress.connect", actor: agent })).refused();
  const { stepMs, steps } = await log.activity(noFilter, 6);
  expect(stepMs).toBe(hour);
  expect(steps.map(({ at }) => at / hour)).toEqual([10, 11, 12, 13, 14, 15]);
  expect(steps[0]).toMatchObject({ allowed: 1, deniedByRule: 1, asked: 1, deniedByPerson: 0, connected: 0 });
  expect(steps[5]).toMatchObject({ allowed: 1, deniedByRule: 1, deniedByPerson: 2, expired: 1, connected: 1, connectionsRefused: 1 });
  expect(steps[2]).toMatchObject({ allowed: 0, asked: 0 });
});

test("a filter holds, and what no entry matches has no steps", async () => {
  const { log } = await openAt(10 * hour);
  await (await log.intent({ verb: "tool.shell", actor: agent, taskId: "t-000001" })).done();
  await (await log.intent({ verb: "tool.shell", actor: agent, taskId: "t-000002" })).done();
  expect((await log.activity({ taskId: "t-000001" }, 60)).steps).toMatchObject([{ allowed: 1 }]);
  expect((await log.activity({ taskId: "t-000009" }, 60)).steps).toEqual([]);
});

test("however long the log is, there are never more steps than asked for", async () => {
  const { clock, log } = await openAt(10 * hour);
  await log.note({ verb: "permission.ask", actor: { kind: "gatehouse" } });
  clock.advance(3_650 * 24 * hour);
  await log.note({ verb: "permission.ask", actor: { kind: "gatehouse" } });
  for (const most of [1, 7, 60, 400]) {
    const { steps } = await log.activity(noFilter, most);
    expect(steps.length).toBeLessThanOrEqual(Math.max(2, most));
    expect(steps.reduce((sum, step) => sum + step.asked, 0)).toBe(2);
  }
});

test("answers are still told apart when the index was stored and read back", async () => {
  const { log, open } = await openAt(10 * hour);
  await log.note({ verb: "permission.answer", actor: { kind: "person", name: "owner" }, detail: { answer: "deny" } });
  for (let entry = 0; entry < 2_000; entry++) void log.note({ verb: "run.note", actor: { kind: "gatehouse" } });
  await log.close();
  const again = await open();
  onTestFinished(async () => await again.close());
  expect((await again.activity(noFilter, 60)).steps).toMatchObject([{ deniedByPerson: 1 }]);
});
