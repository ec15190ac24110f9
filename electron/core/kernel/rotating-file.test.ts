import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { LogBook } from "./log-book.ts";
import { createLogger } from "./logger.ts";

const limits = { maximumBytes: 20_000, kept: 2 };
const linesOf = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

function writeLines(folder: string, count: number): void {
  const logger = createLogger({ level: "info", book: new LogBook(join(folder, "logs/gatehouse.log"), limits) });
  for (let at = 0; at < count; at++) logger.info({ at, padding: "x".repeat(80) }, "a line");
}

test("a log that is full is put aside, the oldest goes, and all of it stays below its cap", () => {
  const folder = temporaryFolder();
  writeLines(folder, 2_000);
  const names = readdirSync(join(folder, "logs"));
  expect(names.toSorted()).toEqual(["gatehouse.log", "gatehouse.log.1", "gatehouse.log.2"]);
  const total = names.reduce((sum, name) => sum + statSync(join(folder, "logs", name)).size, 0);
  expect(total).toBeLessThanOrEqual(3 * 20_000);
});

test("no line is lost or split between the files that are kept", () => {
  const folder = temporaryFolder();
  writeLines(folder, 2_000);
  const files = ["gatehouse.log.2", "gatehouse.log.1", "gatehouse.log"].map((name) => join(folder, "logs", name));
  const seen = files.flatMap((file) => linesOf(file).map(({ at }) => at));
  expect(seen.length).toBeGreaterThan(200);
  expect(seen).toEqual(Array.from({ length: seen.length }, (_, index) => 2_000 - seen.length + index));
});

test("files are readable by their owner only, and a full one of before is put aside at once", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "logs"));
  writeFileSync(join(folder, "logs/gatehouse.log"), `${JSON.stringify({ old: "x".repeat(30_000) })}\n`, { mode: 0o644 });
  writeLines(folder, 1);
  expect(linesOf(join(folder, "logs/gatehouse.log"))).toMatchObject([{ at: 0 }]);
  expect(linesOf(join(folder, "logs/gatehouse.log.1"))).toMatchObject([{ old: expect.any(String) }]);
  expect(statSync(join(folder, "logs/gatehouse.log")).mode & 0o777).toBe(0o600);
});

test("what stands under a secret's name is not written", () => {
  const folder = temporaryFolder();
  const logger = createLogger({ level: "info", book: new LogBook(join(folder, "a.log"), limits) });
  logger.info({ token: "hunter2", one: { password: "hunter2", two: { apiKey: "hunter2" } } }, "a line");
  expect(readFileSync(join(folder, "a.log"), "utf8")).not.toContain("hunter2");
});

test("a folder that goes away costs lines and nothing else; the log goes on when it is back", () => {
  const folder = temporaryFolder();
  const file = join(folder, "logs/gatehouse.log");
  writeFileSync(join(folder, "logs"), "in the way");
  const logger = createLogger({ level: "info", book: new LogBook(file, limits) });
  expect(() => logger.info("lost")).not.toThrow();
  rmSync(join(folder, "logs"));
  logger.info("there");
  expect(linesOf(file)).toMatchObject([{ msg: "there" }]);
});
