import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readdirSync, readFileSync, truncateSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import type { AuditEntry } from "#shared/contract/audit.ts";
import { builtScript } from "../../testing/built-script.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { testOnSmallDisk } from "../../testing/small-disk.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { AuditEvent, AuditLog } from "./audit-log.ts";
import { openAuditLog } from "./open-audit-log.ts";

async function openIn(folder: string): Promise<AuditLog> {
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger() });
  onTestFinished(() => log.close());
  return log;
}

const event = (verb: string, detail: NonNullable<AuditEvent["detail"]> = {}): AuditEvent => ({
  verb,
  actor: { kind: "gatehouse" },
  detail,
});
const fileIn = (folder: string) => join(folder, "audit.jsonl");

/** Name of the file that the note says the evidence is in. */
function nameIn(note: AuditEntry | undefined): string {
  return z.object({ keptAs: z.string() }).parse(note?.detail).keptAs;
}

/** A closed log with three notes. */
async function threeNotes(folder: string): Promise<void> {
  const log = await openIn(folder);
  for (const name of ["one", "two", "three"]) await log.note(event("test.note", { name }));
  await log.close();
}

let appender: string;
beforeAll(async () => {
  appender = await builtScript("electron/testing/processes/append-forever.ts");
});

test("a torn last line is kept aside and noted, and the log goes on without it", async () => {
  for (const tail of ['{"actor":{"kind":"gateh', "\0".repeat(100), "\0".repeat(5) + "\n\0\n"]) {
    const folder = temporaryFolder();
    await threeNotes(folder);
    appendFileSync(fileIn(folder), tail);
    const log = await openIn(folder);
    const [note] = (await log.list({ limit: 1 })).entries;
    expect(note).toMatchObject({ sequence: 3, verb: "audit.torn-line", phase: "note", detail: { bytes: tail.length } });
    expect(readFileSync(join(folder, nameIn(note)), "utf8")).toBe(tail);
    expect(await log.verify()).toMatchObject({ result: "intact", entries: 4 });
  }
});

test("a whole last line without its newline was never promised, and is kept aside too", async () => {
  const folder = temporaryFolder();
  await threeNotes(folder);
  truncateSync(fileIn(folder), statSync(fileIn(folder)).size - 1);
  const log = await openIn(folder);
  const verbs = (await log.list({ limit: 9 })).entries.map(({ verb }) => verb);
  expect(verbs).toEqual(["audit.unsigned-tail", "audit.torn-line", "test.note", "test.note", "test.note"]);
  expect((await log.verify()).result).toBe("intact");
});

test("a log that was changed is kept whole as evidence, and its good beginning goes on after an alarm", async () => {
  const folder = temporaryFolder();
  await threeNotes(folder);
  const changed = readFileSync(fileIn(folder), "utf8").replace('"name":"two"', '"name":"2wo"');
  writeFileSync(fileIn(folder), changed);
  const log = await openIn(folder);
  const [alarm, good] = (await log.list({ limit: 9 })).entries;
  expect(alarm).toMatchObject({ sequence: 1, verb: "audit.alarm", detail: { firstBad: 1, problem: "does not match its hash" } });
  expect(good).toMatchObject({ sequence: 0, detail: { name: "one" } });
  expect(readFileSync(join(folder, nameIn(alarm)), "utf8")).toBe(changed);
  expect(await log.verify()).toMatchObject({ result: "intact", entries: 2 });
  await log.close();
  expect(await (await openIn(folder)).list({ limit: 1 })).toMatchObject({ total: 2 });
});

test("intents without an outcome are named once after a restart", async () => {
  const folder = temporaryFolder();
  const first = await openIn(folder);
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((name) => first.intent(event("test.effect", { name }))));
  await b?.done();
  await first.close();
  for (const _ of [1, 2]) {
    const log = await openIn(folder);
    const notes = (await log.list({ limit: 9, verb: "audit.unknown-outcome" })).entries;
    expect(notes.map(({ detail }) => detail)).toEqual([{ intents: [a?.sequence, c?.sequence] }]);
    await log.close();
  }
});

test("verify sees what happens to the file while it is open", async () => {
  const damages: readonly [number, (file: string) => void][] = [
    [3, (file) => truncateSync(file, readFileSync(file).lastIndexOf("\n", statSync(file).size - 2) + 1)],
    [3, (file) => truncateSync(file, statSync(file).size - 1)],
    [0, (file) => truncateSync(file, 0)],
    [1, (file) => writeFileSync(file, readFileSync(file, "utf8").replace('"name":"1"', '"name":"9"'))],
  ];
  for (const [firstBad, damage] of damages) {
    const folder = temporaryFolder();
    const log = await openIn(folder);
    for (const name of ["0", "1", "2", "3"]) await log.note(event("test.note", { name }));
    damage(fileIn(folder));
    expect(await log.verify()).toMatchObject({ result: "tampered", firstBad });
  }
});

testOnSmallDisk("a full disk refuses the effect, leaves no half line, and the log goes on when there is room", 64, async (disk) => {
  const log = await openIn(disk.folder);
  let stored = 0;
  let effects = 0;
  const fill = async () => {
    for (;;) {
      await log.around(event("test.effect", { padding: "x".repeat(3_000) }), async () => void effects++);
      stored += 2;
    }
  };
  await expect(fill()).rejects.toMatchObject({ code: "DISK_FULL", remedy: expect.stringContaining("space") });
  expect(effects).toBeGreaterThan(3);
  const whole = readFileSync(fileIn(disk.folder), "utf8");
  expect(whole.endsWith("\n")).toBe(true);
  await expect(log.intent(event("test.effect", { padding: "x".repeat(30_000) }))).rejects.toMatchObject({ code: "DISK_FULL" });
  expect(readFileSync(fileIn(disk.folder), "utf8")).toBe(whole);
  disk.resize(512);
  await log.note(event("test.after"));
  expect(await log.verify()).toMatchObject({ result: "intact", entries: whole.split("\n").length });
  expect(stored).toBeLessThanOrEqual(whole.split("\n").length);
  await log.close();
});

test("a file that can no longer be written refuses the effect", async () => {
  const folder = temporaryFolder();
  const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" "$1" "$2"`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", limited, process.execPath, appender, folder]).catch(
    (error: unknown) => Object(error),
  );
  expect(String(stderr)).toContain("The audit log is not available: it cannot be written.");
  const promised = String(stdout).trim().split("\n").length;
  expect(promised).toBeGreaterThan(5);
  const log = await openIn(folder);
  expect((await log.list({ limit: 1, verb: "test.append" })).total).toBe(promised);
});

test("nothing that was promised is lost to kill -9, at any moment", { timeout: 120_000 }, async () => {
  const folder = temporaryFolder();
  const promised = new Set<number>();
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [appender, folder], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => void (said += chunk.toString()));
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
    child.kill("SIGKILL");
    await once(child, "close");
    for (const line of said.split("\n").slice(0, -1)) promised.add(Number(line));
    const log = await openIn(folder);
    const verdict = await log.verify();
    expect(verdict.result).toBe("intact");
    const stored = new Set<number>();
    for (let before: number | null = null; ; ) {
      const { entries } = await log.list({ before, limit: 500, verb: "test.append" });
      for (const { sequence } of entries) stored.add(sequence);
      before = entries.at(-1)?.sequence ?? null;
      if (entries.length < 500) break;
    }
    expect([...promised].filter((sequence) => !stored.has(sequence))).toEqual([]);
    await log.close();
  }
  expect(promised.size).toBeGreaterThan(100);
  expect(readdirSync(folder).filter((name) => name.startsWith("audit.evidence"))).toEqual([]);
});
