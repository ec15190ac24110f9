import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { openAuditLog } from "../../audit/open-audit-log.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { LateOutcomes } from "./late-outcomes.ts";

test("an outcome waits for the next intent and shares its way to disk, or goes by itself soon", async () => {
  const clock = new ManualClock();
  const late = new LateOutcomes(clock);
  const begun: string[] = [];
  const write = (name: string) => async () => void begun.push(name);
  const [first, second] = [late.add(write("first")), late.add(write("second"))];
  expect(begun).toEqual([]);
  late.flush();
  await Promise.all([first, second]);
  expect(begun).toEqual(["first", "second"]);
  const third = late.add(write("third"));
  clock.advance(99);
  expect(begun).toHaveLength(2);
  clock.advance(1);
  await third;
  expect(begun).toHaveLength(3);
});

test("very many outcomes do not wait", async () => {
  const late = new LateOutcomes(new ManualClock());
  let begun = 0;
  const all = Array.from({ length: 257 }, async () => await late.add(async () => void (begun += 1)));
  await Promise.all(all);
  expect(begun).toBe(257);
});

test("an intent and the outcome of the connection before it are written in one go, the intent first", async () => {
  const clock = new ManualClock();
  const audit = await openAuditLog({ folder: temporaryFolder(), clock, logger: silentLogger() });
  onTestFinished(async () => await audit.close());
  const event = { verb: "egress.connect", actor: { kind: "gatehouse" as const } };
  const before = await audit.intent(event);
  const late = new LateOutcomes(clock);
  let isWritten = false;
  const ended = late.add(async () => {
    await before.done({});
    isWritten = true;
  });
  const next = audit.intent(event);
  late.flush();
  await next;
  // A second write would need the disk once more, and so a later turn of the event loop than any of these.
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  expect(isWritten).toBe(true);
  await ended;
});
