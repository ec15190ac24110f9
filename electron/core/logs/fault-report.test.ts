import { homedir } from "node:os";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import { expect, onTestFinished, test } from "vitest";
import type { LogLine } from "#shared/contract/log.ts";
import { builtFiles } from "../../testing/task-bench.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { quietPorts } from "../../testing/test-core.ts";
import { composeCore } from "../compose.ts";
import { LogBook } from "../kernel/log-book.ts";
import { createLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { coreRouter } from "../rpc/router.ts";
import { faultReport } from "./fault-report.ts";

const status = {
  ...{
    kind: "status" as const,
    version: "1.2.3",
    host: "web" as const,
    platform: "linux" as const,
    canPickFolder: false,
    passkeys: "page" as const,
    nextRequestKeys: null,
    isDiskFull: false,
  },
  lock: { state: "unlocked" as const, since: 0 },
};

function line(number: number, message: string, level: LogLine["level"] = "info"): LogLine {
  return { number, at: 1_700_000_000_000 + number, level, message, call: null, fields: "" };
}

test("nothing that has the shape of a key, and not the person's home, is in a report", () => {
  const keys = [
    "sk-ant-api03-abcdefghijklmnopqrstuvwxyz",
    "ghp_0123456789abcdefghijABCDEFGHIJ",
    "AKIAIOSFODNN7EXAMPLE",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "https://ada:hunter22@git.example.com/x.git",
    "Authorization: Bearer 9f8e7d6c5b4a39281706f5e4",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----",
  ];
  const lines = [...keys, join(homedir(), "work/secret-project")].map((text, number) => line(number, `said ${text}`));
  const text = faultReport({ status, health: null, lines, redact: (plain) => plain, now: 0 });
  for (const bad of [
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789abcdefghij",
    "IOSFODNN7",
    "dozjgNry",
    "hunter22",
    "9f8e7d6c",
    "b3BlbnNzaC1rZXkt",
  ])
    expect(text).not.toContain(bad);
  expect(text).not.toContain(`said ${homedir()}`);
  expect(text).toContain("Gatehouse 1.2.3 (web) on linux");
});

test("warnings far back are in it, beside the newest lines, in order and bounded", () => {
  const lines = Array.from({ length: 5_000 }, (_, number) => line(number, `line ${number}`, number % 500 === 0 ? "error" : "info"));
  const text = faultReport({ status, health: null, lines, redact: (plain) => plain, now: 0 });
  expect(text).toContain("line 500");
  expect(text).toContain("line 4999");
  expect(text).not.toContain("line 4001");
  expect(text.length).toBeLessThan(100_000);
});

test("one id leads from the call to its log lines and its audit entries, and a report leaves live values out", async () => {
  const dataFolder = temporaryFolder();
  const logBook = new LogBook(join(dataFolder, "logs/gatehouse.log"));
  const logger = createLogger({ level: "debug", book: logBook });
  const core = await composeCore({ dataFolder, files: await builtFiles(), ports: quietPorts(), logger, logBook });
  onTestFinished(async () => await core[Symbol.asyncDispose]());
  const client = createRouterClient(coreRouter(core), { context: { caller: { name: "ada", role: "owner" }, gate: core.gate } });
  await client.unlock.create({ passphrase: "a passphrase for tests" });
  await client.settings.update({ maximumRuns: 3 });
  const { entries } = await client.audit.list({ verb: "settings.update" });
  const [outcome, intent] = entries;
  expect(intent?.call).toMatch(/^call-[0-9a-z]{10}$/);
  expect(outcome?.call).toBe(intent?.call);
  expect(logBook.lines().filter(({ call }) => call === intent?.call)).toMatchObject([
    { fields: expect.stringContaining("settings.update") },
  ]);
  expect((await client.audit.list({ text: intent?.call ?? "" })).total).toBe(2);
  expect(await client.audit.verify({})).toMatchObject({ result: "intact" });

  using _live = core.liveSecrets.add("vendor", Secret.fromText("value-that-is-live-4711"));
  logger.error({ detail: "value-that-is-live-4711" }, "value-that-is-live-4711");
  const { text } = await client.logs.report({});
  expect(text).not.toContain("value-that-is-live-4711");
  expect(text).toContain("database");
  const watched = await client.logs.watch({});
  expect((await watched.next()).value).toMatchObject({ kind: "snapshot" });
  logger.warn({}, "seen at once");
  expect((await watched.next()).value).toMatchObject({ kind: "added", line: { level: "warning", message: "seen at once" } });
  await watched.return?.();
});
