import { join } from "node:path";
import { expect, test } from "vitest";
import { RunId, TaskId } from "#shared/contract/ids.ts";
import { fixtureKey } from "../../testing/fixture-database.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openDatabase } from "../storage/open-database.ts";
import { TaintBook } from "./taint-book.ts";

const run = { taskId: TaskId.parse("t-000001"), runId: RunId.parse("run-000001") };
const next = { ...run, runId: RunId.parse("run-000002") };
const other = { taskId: TaskId.parse("t-000002"), runId: RunId.parse("run-000003") };

async function room() {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const database = openDatabase({ file: join(folder, "a.db"), key: fixtureKey(), clock, logger: silentLogger() });
  const audit = await openAuditLog({ folder, clock, logger: silentLogger() });
  const make = () => new TaintBook({ database, audit, clock });
  return { audit, make, book: make() };
}

test("the first mark of each ingredient stands, on disk and in the audit log, and later runs of the task carry it", async () => {
  const { book, make, audit } = await room();
  await book.join(run, ["untrusted", "outward"], "Connect to example.com:443");
  await book.join(next, ["untrusted"], "again");
  expect(book.of(run.taskId).map(({ ingredient, source, runId }) => [ingredient, source, runId])).toEqual([
    ["untrusted", "Connect to example.com:443", run.runId],
    ["outward", "Connect to example.com:443", run.runId],
  ]);
  expect(make().of(run.taskId)).toEqual(book.of(run.taskId));
  expect(book.of(other.taskId)).toEqual([]);
  const { entries } = await audit.list({ limit: 10 });
  expect(entries.map(({ verb, detail }) => [verb, detail["ingredient"]])).toEqual([
    ["taint.join", "outward"],
    ["taint.join", "untrusted"],
  ]);
});

test("all that a call brings is there before anything else is judged", async () => {
  const { book } = await room();
  const joined = book.join(run, ["untrusted", "private", "outward"], "at once");
  expect(book.ingredientsOf(run.taskId).size).toBe(3);
  await joined;
});

test("only a person clears it, with a reason on record; what comes after counts anew", async () => {
  const { book, make, audit } = await room();
  await book.join(run, ["private"], "Use the secret key");
  await book.join(other, ["untrusted"], "elsewhere");
  await book.clear(run.taskId, "the page was ours", "ada");
  expect(make().of(run.taskId)).toEqual([]);
  expect(book.of(other.taskId)).toHaveLength(1);
  const [outcome, intent] = (await audit.list({ limit: 2 })).entries;
  expect(outcome).toMatchObject({ verb: "taint.clear", outcome: "done" });
  expect(intent).toMatchObject({
    actor: { kind: "person", name: "ada" },
    detail: { reason: "the page was ours", ingredients: ["private"] },
  });
  await expect(book.clear(run.taskId, "again", "ada")).rejects.toMatchObject({ code: "NOT_FOUND" });
  await book.join(next, ["private"], "Use the secret again");
  expect(book.of(run.taskId)).toMatchObject([{ ingredient: "private", runId: next.runId }]);
});
