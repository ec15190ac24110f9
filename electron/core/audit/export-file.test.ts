import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openAuditLog } from "./open-audit-log.ts";
import { verifyLog } from "./verify-log.ts";

async function openWith(entries: number) {
  const folder = temporaryFolder();
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger() });
  onTestFinished(async () => await log.close());
  const actor = { kind: "person", name: "owner" } as const;
  const notes = Array.from({ length: entries }, async (_, n) => await log.note({ verb: "test.note", actor, detail: { n, rule: "=1+1" } }));
  await Promise.all(notes);
  return { folder, log };
}

test("an export is a log that verifies elsewhere, for its owner alone", async () => {
  const { folder, log } = await openWith(200);
  const path = join(folder, "copy.jsonl");
  const seen: number[] = [];
  const exported = await log.exportTo(path, "jsonl", (done) => seen.push(done));
  expect(exported).toEqual({ kind: "written", path, entries: 200 });
  expect(await verifyLog(path)).toMatchObject({ result: "intact", entries: 200 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(seen.at(-1)).toBe(200);
});

test("without a place it goes into the data folder, one file for each export", async () => {
  const { folder, log } = await openWith(3);
  await log.exportTo(null, "csv", () => {});
  const [name = ""] = readdirSync(join(folder, "exports"));
  expect(name).toMatch(/^gatehouse-audit-.*\.csv$/);
  expect(readFileSync(join(folder, "exports", name), "utf8")).toContain(",'=1+1,");
});

test("a file that was there gives way only once the export is whole", async () => {
  const { folder, log } = await openWith(5);
  const path = join(folder, "copy.jsonl");
  writeFileSync(path, "before\n");
  const stop = new AbortController();
  stop.abort();
  await expect(log.exportTo(path, "jsonl", () => {}, stop.signal)).rejects.toThrow();
  expect(readFileSync(path, "utf8")).toBe("before\n");
  expect(existsSync(`${path}.part`)).toBe(false);
  await log.exportTo(path, "jsonl", () => {});
  expect(await verifyLog(path)).toMatchObject({ result: "intact" });
});

test("a log that was changed is not exported", async () => {
  const { folder, log } = await openWith(5);
  const file = join(folder, "audit.jsonl");
  writeFileSync(file, readFileSync(file, "utf8").replace('"n":3', '"n":4'));
  expect(await log.exportTo(join(folder, "copy.jsonl"), "jsonl", () => {})).toMatchObject({ kind: "tampered", firstBad: 3 });
  expect(existsSync(join(folder, "copy.jsonl"))).toBe(false);
});

test("pages by place are the whole list, none twice, with a filter and with a search", async () => {
  const { log } = await openWith(450);
  for (const query of [{}, { verb: "test" }, { text: '"n"' }]) {
    const { entries: whole } = await log.list({ ...query, limit: 500 });
    const pages = await Promise.all([0, 100, 200, 300, 400].map(async (skip) => await log.list({ ...query, skip, limit: 100 })));
    expect(pages.flatMap(({ entries }) => entries.map(({ sequence }) => sequence))).toEqual(whole.map(({ sequence }) => sequence));
  }
});
