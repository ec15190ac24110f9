import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
  expect(steps[5]).toMatchObject({ allowed: 1, deniedByRule: 0, deniedByPerson: 2, expired: 1, connected: 1, connectionsRefused: 1 });
  expect(steps[2]).toMatchObject({ allowed: 0, asked: 0 });
});

test("what was asked for and what came of it count once together, and what a person did to the allowlist is no connection", async () => {
  const { log } = await openAt(10 * hour);
  const person = { kind: "person" as const, name: "owner" };
  await log.around({ verb: "permission.expire", actor: { kind: "gatehouse" } }, async () => undefined);
  await log.around({ verb: "permission.answer", actor: person, detail: { answer: "deny" } }, async () => undefined);
  for (const verb of ["egress.allow", "egress.disallow", "egress.cut-off"])
    await log.around({ verb, actor: person }, async () => undefined);
  const refused = { verb: "egress.connect", actor: agent };
  await (await log.intent(refused)).refused({ why: "denied", rule: "egress(*)" });
  await (await log.intent(refused)).refused({ why: "a person said no" });
  const { steps } = await log.activity(noFilter, 6);
  expect(steps[0]).toMatchObject({ expired: 1, deniedByPerson: 1, allowed: 0, connected: 0, connectionsRefused: 2, deniedByRule: 1 });
});

test("the charts know every verb that core writes of calls, connections, secrets and prompts", () => {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /(?<!\.test|\.bench)\.ts$/.test(name));
  const found = new Set<string>();
  for (const file of files)
    for (const [, verb = ""] of readFileSync(join(folder, file), "utf8").matchAll(
      /["`]((?:egress|permission|secret)\.[a-z][a-z-]+|tool\.[a-z$][^"`\s]*)["`]/g,
    ))
      found.add(verb);
  // Whoever renames one of these, or adds one, says in `kindOf` what it counts as.
  const counted = ["egress.connect", "permission.answer", "permission.ask", "permission.expire", "secret.use", "tool.${call.request.tool}"];
  const others = [
    "egress.allow",
    "egress.cut-off",
    "egress.disallow",
    "egress.set-task-allowlist",
    "permission.withdraw",
    "permission.revoke",
    "permission.set-expiry",
    "secret.in-work",
    "tool.unasked",
  ];
  expect([...found].filter((verb) => !others.includes(verb)).toSorted()).toEqual(counted);
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
