import { join } from "node:path";
import { expect, test } from "vitest";
import { RepositoryId } from "#shared/contract/ids.ts";
import { fixtureKey } from "../../testing/fixture-database.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { openAuditLog } from "../audit/open-audit-log.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openDatabase } from "../storage/open-database.ts";
import { SettingsBook } from "./settings-book.ts";

const here = RepositoryId.parse("repo-aaaaaa");
const checks =
  '{ "checks": [{ "name": "Tests", "command": "npm test" }], "rules": { "deny": ["shell(curl:*)"], "allow": ["shell(npm:*)"] } }';

async function open() {
  const folder = temporaryFolder();
  const clock = new ManualClock();
  const logger = silentLogger();
  const database = openDatabase({ file: join(folder, "a.db"), key: fixtureKey(), clock, logger });
  const audit = await openAuditLog({ folder, clock, logger });
  return { database, book: new SettingsBook({ database, audit }), again: () => new SettingsBook({ database, audit }), audit };
}

test("adopting holds for exactly one content, survives a restart, and is on record", async () => {
  const { book, again, audit } = await open();
  expect(book.of(here)).toBeNull();
  expect(book.take(here, checks)).toEqual([]);
  expect(book.of(here)?.isAdopted).toBe(false);
  expect(book.rulesOf(here)).toEqual({ deny: ["shell(curl:*)"], ask: [], allow: [] });
  await book.adopt(here, book.of(here)?.sha256 ?? "", "tester");
  expect(book.of(here)?.isAdopted).toBe(true);
  expect(again().rulesOf(here)).toMatchObject({ allow: ["shell(npm:*)"] });
  const { entries } = await audit.list({ limit: 10 });
  expect(entries.map(({ verb, outcome }) => [verb, outcome])).toContainEqual(["repository.adopt-settings", "done"]);
  await audit.close();
});

test("a changed file has to be adopted again, and going back to the adopted one holds at once", async () => {
  const { book, audit } = await open();
  book.take(here, checks);
  await book.adopt(here, book.of(here)?.sha256 ?? "", "tester");
  book.take(here, `${checks} `);
  expect(book.of(here)?.isAdopted).toBe(false);
  book.take(here, checks);
  expect(book.of(here)?.isAdopted).toBe(true);
  await audit.close();
});

test("a malformed file leaves the last good one in force and says where it is wrong", async () => {
  const { book, audit } = await open();
  book.take(here, checks);
  expect(book.take(here, '{ "checks": 1 }')).toMatchObject([{ line: 1, column: 13 }]);
  expect(book.of(here)?.settings.checks).toHaveLength(1);
  expect(book.of(here)?.problems).toHaveLength(1);
  book.take(here, null);
  expect(book.of(here)).toBeNull();
  await audit.close();
});

test("a kept file that this version cannot read is not taken for one without rules", async () => {
  const { database, book, again, audit } = await open();
  book.take(here, '{ "rules": { "deny": ["shell(curl:*)"] } }');
  database.run("update repository_settings set content = ?", '{ "rules": { "deny": ["future(curl:*)"] } }');
  expect(again().rulesOf(here)).toBe("unreadable");
  expect(again().rulesOf(RepositoryId.parse("repo-bbbbbb"))).toBeNull();
  await audit.close();
});

test("another file than the one that was looked at is not adopted", async () => {
  const { book, audit } = await open();
  book.take(here, checks);
  const seen = book.of(here)?.sha256 ?? "";
  book.take(here, `${checks}\n`);
  await expect(book.adopt(here, seen, "tester")).rejects.toMatchObject({ code: "CONFLICT" });
  expect(book.of(here)?.isAdopted).toBe(false);
  await audit.close();
});
