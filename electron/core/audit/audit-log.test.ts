import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { UserError } from "../kernel/errors.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { AuditEvent, AuditLog } from "./audit-log.ts";
import { openAuditLog } from "./open-audit-log.ts";

const clock = new ManualClock();

async function openIn(folder: string): Promise<AuditLog> {
  const log = await openAuditLog({ folder, clock, logger: silentLogger() });
  onTestFinished(() => log.close());
  return log;
}

const event = (verb: string, more: Partial<AuditEvent> = {}): AuditEvent => ({ verb, actor: { kind: "person", name: "owner" }, ...more });

async function newest(log: AuditLog, limit = 500): Promise<readonly AuditEntry[]> {
  return (await log.list({ limit })).entries;
}

test("an intent and its outcome are two entries that name each other", async () => {
  const log = await openIn(temporaryFolder());
  const intent = await log.intent(event("task.accept", { taskId: "t-000001", runId: "run-000001", detail: { branch: "größe" } }));
  await intent.done({ head: "abc" });
  const [outcome, first] = await newest(log);
  expect(first).toMatchObject({ sequence: 0, phase: "intent", intent: null, outcome: null, detail: { branch: "größe" }, at: clock.now() });
  expect(outcome).toMatchObject({
    sequence: 1,
    phase: "outcome",
    intent: 0,
    outcome: "done",
    verb: "task.accept",
    taskId: "t-000001",
    runId: "run-000001",
  });
  expect(outcome?.previousHash).toBe(first?.hash);
});

test("an intent has one outcome", async () => {
  const log = await openIn(temporaryFolder());
  const intent = await log.intent(event("task.accept"));
  await intent.refused();
  await expect(intent.done()).rejects.toThrow("already has its outcome");
  expect((await newest(log)).length).toBe(2);
});

test("around writes the intent, runs the effect, writes its outcome", async () => {
  const log = await openIn(temporaryFolder());
  const result = await log.around(event("a.works"), async () => {
    expect((await newest(log)).map(({ phase }) => phase)).toEqual(["intent"]);
    return 7;
  });
  expect(result).toBe(7);
  await expect(log.around(event("b.fails"), async () => Promise.reject(new Error("with a secret in its message")))).rejects.toThrow(
    "secret",
  );
  const remedy = new UserError("BRANCH_MOVED", "moved", "look again");
  await expect(log.around(event("c.fails"), async () => Promise.reject(remedy))).rejects.toBe(remedy);
  await log.around(event("d.refuses"), async (intent) => await intent.refused({ why: "rule" }));
  const outcomes = (await newest(log)).filter(({ phase }) => phase === "outcome").toReversed();
  expect(outcomes.map(({ outcome, detail }) => ({ outcome, detail }))).toEqual([
    { outcome: "done", detail: {} },
    { outcome: "failed", detail: { error: "Error" } },
    { outcome: "failed", detail: { code: "BRANCH_MOVED" } },
    { outcome: "refused", detail: { why: "rule" } },
  ]);
});

test("entries that are appended at once stand in order, and listeners hear of each after it is stored", async () => {
  const folder = temporaryFolder();
  const log = await openIn(folder);
  const heard: number[] = [];
  log.appended.on(({ sequence }) => {
    expect(statSync(join(folder, "audit.jsonl")).size).toBeGreaterThan(0);
    heard.push(sequence);
  });
  const entries = await Promise.all(Array.from({ length: 1_000 }, (_, at) => log.note(event("test.note", { detail: { at } }))));
  expect(entries.map(({ sequence }) => sequence)).toEqual(entries.map((_, at) => at));
  expect(heard).toEqual(entries.map(({ sequence }) => sequence));
  expect(await log.verify()).toMatchObject({ result: "intact", entries: 1_000 });
});

test("the log goes on where it was after it is opened again", async () => {
  const folder = temporaryFolder();
  const first = await openIn(folder);
  await first.note(event("test.one"));
  await first.close();
  const second = await openIn(folder);
  await second.note(event("test.two"));
  expect((await newest(second)).map(({ sequence, verb }) => [sequence, verb])).toEqual([
    [1, "test.two"],
    [0, "test.one"],
  ]);
  expect((await second.verify()).result).toBe("intact");
});

test("a closed log takes nothing more", async () => {
  const log = await openIn(temporaryFolder());
  const last = log.note(event("test.last"));
  await log.close();
  await last;
  await expect(log.note(event("test.late"))).rejects.toMatchObject({ code: "AUDIT_UNAVAILABLE" });
});

test("hostile text is stored whole, and cannot stop the log", async () => {
  const log = await openIn(temporaryFolder());
  const detail = { argv: ["\u001b]0;x\u0007", 'a"b\\', "line\nbreak", "\u2028", "\ud800lone"], '"hash":"0"': { __proto__x: "\u202e" } };
  await log.note(event("tool.shell", { detail }));
  const [entry] = await newest(log);
  expect(entry?.detail).toEqual({ ...detail, argv: [...detail.argv.slice(0, 4), "\ufffdlone"] });
  expect((await log.verify()).result).toBe("intact");
});

test("a member named as an object's prototype is stored under a name that is read back", async () => {
  const log = await openIn(temporaryFolder());
  const detail = JSON.parse('{"__proto__":1,"input":{"__proto__":{"a":2}},"list":[{"__proto__":"c"}]}');
  await log.note(event("tool.shell", { detail }));
  expect((await log.verify()).result).toBe("intact");
  const [entry] = await newest(log);
  expect(entry?.detail).toEqual({ "(__proto__)": 1, input: { "(__proto__)": { a: 2 } }, list: [{ "(__proto__)": "c" }] });
});

test("an entry too long to store is refused, and those beside it are stored", async () => {
  const log = await openIn(temporaryFolder());
  const long = log.note(event("tool.shell", { detail: { argv: "x".repeat(1_100_000) } }));
  const short = log.note(event("tool.shell"));
  await expect(long).rejects.toMatchObject({ code: "LIMIT_REACHED" });
  expect((await short).sequence).toBe(0);
});

test("pages go from newest to oldest without a gap", async () => {
  const log = await openIn(temporaryFolder());
  await Promise.all(Array.from({ length: 25 }, () => log.note(event("test.note"))));
  const seen: number[] = [];
  for (let before: number | null = null; ; ) {
    const { entries, total } = await log.list({ before, limit: 10 });
    expect(total).toBe(25);
    seen.push(...entries.map(({ sequence }) => sequence));
    before = entries.at(-1)?.sequence ?? null;
    if (entries.length < 10) break;
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => 24 - at));
});

test("a list is filtered by task, by verb or its noun, and by text in any case", async () => {
  const log = await openIn(temporaryFolder());
  await log.note(event("task.accept", { taskId: "t-1", detail: { branch: 'feature/"Größe"' } }));
  await log.note(event("task.discard", { taskId: "t-2" }));
  await log.note(event("tasks.other", { taskId: "t-1" }));
  const sequences = async (filter: object) => (await log.list({ limit: 10, ...filter })).entries.map(({ sequence }) => sequence);
  expect(await sequences({ taskId: "t-1" })).toEqual([2, 0]);
  expect(await sequences({ taskId: "t-none" })).toEqual([]);
  expect(await sequences({ verb: "task.accept" })).toEqual([0]);
  expect(await sequences({ verb: "task" })).toEqual([1, 0]);
  expect(await sequences({ verb: "none" })).toEqual([]);
  expect(await sequences({ text: '"grÖSSe"'.replace("SS", "ß") })).toEqual([0]);
  expect(await sequences({ text: "T-1" })).toEqual([2, 0]);
  expect(await sequences({ text: "t-1", verb: "task" })).toEqual([0]);
  expect(await sequences({ text: "t-1", before: 2 })).toEqual([0]);
  await log.note(event("task.accept", { taskId: "t-1" }));
  expect(await sequences({ text: "T-1" })).toEqual([3, 2, 0]);
  expect((await log.list({ limit: 1, text: "t-1" })).total).toBe(3);
});

test("an entry and the one after it are found by the first 16 digits of its hash", async () => {
  const folder = temporaryFolder();
  const log = await openIn(folder);
  for (let at = 0; at < 600; at++) void log.note(event("test.note", { detail: { at } }));
  await log.note(event("test.last"));
  const [entry] = (await log.list({ limit: 1, before: 301 })).entries;
  const found = async (text: string) => (await log.list({ limit: 10, text })).entries.map(({ sequence }) => sequence);
  expect(await found(entry?.hash ?? "")).toEqual([301, 300]);
  expect(await found((entry?.hash ?? "").slice(0, 16).toUpperCase())).toEqual([301, 300]);
  expect(await found("0".repeat(64))).toEqual([0]);
});

test("the file is readable by its owner only, and a link in its place is refused", async () => {
  const folder = temporaryFolder();
  await openIn(folder);
  expect(statSync(join(folder, "audit.jsonl")).mode & 0o777).toBe(0o600);
  const other = temporaryFolder();
  writeFileSync(join(other, "elsewhere"), "");
  symlinkSync(join(other, "elsewhere"), join(other, "audit.jsonl"));
  await expect(openIn(other)).rejects.toMatchObject({ code: "AUDIT_UNAVAILABLE" });
});
