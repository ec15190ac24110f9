import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { LiveSecrets } from "../redactor/live-secrets.ts";
import { UserError } from "./errors.ts";
import { LogBook } from "./log-book.ts";
import { createLogger } from "./logger.ts";
import { Secret } from "./secret.ts";
import { withTrace } from "./trace.ts";

function openLog() {
  const file = join(temporaryFolder(), "logs/gatehouse.log");
  const book = new LogBook(file);
  return { book, file, logger: createLogger({ level: "debug", book }), written: () => readFileSync(file, "utf8") };
}

test("a live value is taken out of messages, fields, errors and causes, in every spelling", () => {
  const { book, logger, written } = openLog();
  const live = new LiveSecrets();
  book.redactWith((line) => live.redact(line));
  const value = 'sk-live-"quoted"/and+long-4711';
  using _live = live.add("stripe", Secret.fromText(value));
  logger.info({ argv: ["curl", `-H ${value}`], url: `https://x/?k=${encodeURIComponent(value)}` }, `sent ${value}`);
  logger.error({ err: new Error(`no: ${value}`, { cause: new Error(Buffer.from(value).toString("base64")) }) }, "failed");
  for (const spelling of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), Buffer.from(value).toString("base64")]) {
    expect(written()).not.toContain(spelling);
    expect(JSON.stringify(book.lines())).not.toContain(spelling);
  }
  expect(book.lines().length).toBe(2);
});

test("a value under a name that tells of secrets is not written, at any depth, also inside an error", () => {
  const { logger, written } = openLog();
  const names = fc.constantFrom(
    "passphrase",
    "password",
    "apiKey",
    "api_key",
    "authorization",
    "set-cookie",
    "accessToken",
    "private-key",
    "value",
    "clientSecret",
    "code",
  );
  const value = "plain-4711-value";
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "b", "headers"), { maxLength: 5 }), names, (path, name) => {
      const nested = path.reduceRight<object>((inner, key) => ({ [key]: [inner] }), { [name]: value });
      logger.info(nested, "nested");
      logger.warn({ err: Object.assign(new Error("x"), { config: nested }) }, "in an error");
    }),
    { numRuns: 200 },
  );
  expect(written()).not.toContain(value);
});

test("what is no secret stays: ids, codes of errors, counts, remedies", () => {
  const { book, logger } = openLog();
  logger.info({ runId: "run-1", tokens: 12, err: new UserError("DISK_FULL", "It is full.", "Free some.") }, "told");
  expect(book.lines()[0]?.fields).toContain("run-1");
  expect(book.lines()[0]?.fields).toContain("DISK_FULL");
});

test("every line of a call carries its id, over awaits, and lines of others do not", async () => {
  const { book, logger } = openLog();
  const call = (id: string) =>
    withTrace(id, async () => {
      logger.info({}, `begins ${id}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      logger.info({}, `ends ${id}`);
    });
  await Promise.all([call("call-a"), call("call-b")]);
  logger.info({}, "nobody's");
  expect(book.lines().map(({ message, call }) => `${message}: ${call}`)).toEqual([
    "begins call-a: call-a",
    "begins call-b: call-b",
    "ends call-a: call-a",
    "ends call-b: call-b",
    "nobody's: null",
  ]);
});

test("the lines an earlier Gatehouse left are there at the next start, and what is no line is passed over", () => {
  const { file, logger, book } = openLog();
  logger.warn({}, "from before");
  book.write("not JSON\n");
  expect(new LogBook(file).lines()).toMatchObject([{ number: 0, level: "warning", message: "from before" }]);
});

test("it remembers so many lines and no more, and tells of each once", () => {
  const { book, logger } = openLog();
  let told = 0;
  using _told = book.added.on(() => told++);
  for (let at = 0; at < 12_000; at++) logger.info({ at }, "a line");
  expect(told).toBe(12_000);
  expect(book.lines().length).toBeLessThanOrEqual(5_500);
  expect(book.lines().at(-1)?.number).toBe(11_999);
});
