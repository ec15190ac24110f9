import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import { fixtureKey } from "../../../testing/fixture-database.ts";
import { ManualClock } from "../../../testing/manual-clock.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { openAuditLog } from "../../audit/open-audit-log.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { openDatabase } from "../../storage/open-database.ts";
import { Allowlists } from "./allowlists.ts";

const repository = RepositoryId.parse("repo-000001");

test("a repository's allowlist is empty until a person adds to it, and each change is on record", async () => {
  const { lists, audit } = await open();
  expect(lists.of(repository)).toEqual([]);
  await lists.allow(repository, ["egress(npm.corp.example:443)", "egress(npm.corp.example:443)"], "ada");
  expect(lists.of(repository).map(({ rule, addedBy }) => `${rule} ${addedBy}`)).toEqual(["egress(npm.corp.example:443) ada"]);
  expect(lists.of(RepositoryId.parse("repo-000002"))).toEqual([]);
  await lists.disallow(repository, ["egress(npm.corp.example:443)"], "ada");
  expect(lists.of(repository)).toEqual([]);
  const { entries } = await audit.list({ limit: 10 });
  expect(entries.map(({ verb, phase, outcome }) => `${verb} ${outcome ?? phase}`).reverse()).toEqual([
    "egress.allow intent",
    "egress.allow done",
    "egress.disallow intent",
    "egress.disallow done",
  ]);
});

test("what is no egress rule changes nothing", async () => {
  const { lists } = await open();
  for (const rule of ["shell(*)", "egress(", "npm.corp.example", "egress(https://a.example)"]) {
    await expect(lists.allow(repository, ["egress(ok.example)", rule], "ada")).rejects.toMatchObject({ code: "RULES_MALFORMED" });
  }
  expect(lists.of(repository)).toEqual([]);
});

test("a task has a list of its own, that nobody else has, and that goes with it", async () => {
  const { lists, audit } = await open();
  const [task, other] = [TaskId.parse("t-000001"), TaskId.parse("t-000002")];
  let changes = 0;
  lists.changed.on(() => (changes += 1));
  lists.beginTask(task, ["egress(docs.example:443)"]);
  expect([lists.ofTask(task), lists.ofTask(other), lists.of(repository)]).toEqual([["egress(docs.example:443)"], [], []]);
  expect(() => lists.beginTask(other, ["egress(ok.example)", "shell(*)"])).toThrow(expect.objectContaining({ code: "RULES_MALFORMED" }));
  await expect(lists.setTask(task, ["egress("], "ada")).rejects.toMatchObject({ code: "RULES_MALFORMED" });
  expect([lists.ofTask(task), lists.ofTask(other), changes]).toEqual([["egress(docs.example:443)"], [], 0]);
  await lists.setTask(task, ["egress(b.example)", "egress(a.example)"], "ada");
  expect([lists.ofTask(task), changes]).toEqual([["egress(b.example)", "egress(a.example)"], 1]);
  const { entries } = await audit.list({ limit: 10 });
  expect(entries.at(-1)).toMatchObject({
    verb: "egress.set-task-allowlist",
    detail: { before: ["egress(docs.example:443)"], after: ["egress(b.example)", "egress(a.example)"] },
  });
  lists.forgetTask(task);
  expect(lists.ofTask(task)).toEqual([]);
});

async function open() {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const logger = silentLogger();
  const audit = await openAuditLog({ folder, clock, logger });
  onTestFinished(async () => await audit.close());
  const database = openDatabase({ file: join(folder, "gatehouse.db"), key: fixtureKey(), clock, logger });
  onTestFinished(() => database.close());
  return { lists: new Allowlists({ database, audit, clock }), audit };
}
