import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { AnchorPoint, AuditAnchor } from "./audit-anchor.ts";
import { isCheckpointLine, parseCheckpoint } from "./checkpoint.ts";
import { FileAuditLog } from "./file-audit-log.ts";
import { openAuditLog } from "./open-audit-log.ts";
import { verifyLog } from "./verify-log.ts";

const clock = new ManualClock();

async function openIn(folder: string, anchor?: AuditAnchor) {
  const log = await openAuditLog({ folder, clock, logger: silentLogger(), ...(anchor === undefined ? {} : { anchor }) });
  onTestFinished(() => log.close());
  return log;
}

const fileIn = (folder: string) => join(folder, "audit.jsonl");
const note = (at: number) => ({ verb: "test.note", actor: { kind: "gatehouse" as const }, detail: { at } });

async function logOf(folder: string, entries: number, anchor?: AuditAnchor): Promise<void> {
  const log = await openIn(folder, anchor);
  await Promise.all(Array.from({ length: entries }, (_, at) => log.note(note(at))));
  await log.close();
}

function checkpointsIn(folder: string) {
  const lines = readFileSync(fileIn(folder), "utf8").trimEnd().split("\n");
  return lines.filter(isCheckpointLine).flatMap((line) => {
    const parsed = parseCheckpoint(line);
    return "checkpoint" in parsed ? [parsed.checkpoint] : [];
  });
}

/** An anchor out of the file's reach, as a keychain is. */
function anchorElsewhere(): AuditAnchor & { point: AnchorPoint | null } {
  return {
    point: null,
    async read() {
      return this.point;
    },
    async write(point) {
      this.point = point;
    },
  };
}

test("there is a signed checkpoint after every 64 entries, and at the end", async () => {
  const folder = temporaryFolder();
  await logOf(folder, 300);
  expect(checkpointsIn(folder).map(({ size }) => size)).toEqual([64, 128, 192, 256, 300]);
  expect(await verifyLog(fileIn(folder))).toMatchObject({ result: "intact", entries: 300, signed: 300, epoch: 0 });
});

test("an entry that stands alone is signed after ten seconds, and only once", async () => {
  const folder = temporaryFolder();
  const log = await openIn(folder);
  await log.note(note(0));
  clock.advance(9_999);
  expect(checkpointsIn(folder)).toEqual([]);
  clock.advance(1);
  await expect.poll(() => checkpointsIn(folder).map(({ size }) => size)).toEqual([1]);
  clock.advance(60_000);
  await log.close();
  expect(checkpointsIn(folder).length).toBe(1);
});

test("the anchor follows the log, and stands at its end after an orderly end", async () => {
  const folder = temporaryFolder();
  const anchor = anchorElsewhere();
  await logOf(folder, 70, anchor);
  expect(anchor.point).toMatchObject({ size: 70, root: Object(await verifyLog(fileIn(folder))).root });
});

test("a log that is shorter than its anchor, or another, raises an alarm, keeps the evidence and begins an epoch", async () => {
  const changes: Readonly<Record<string, (folder: string) => Promise<void> | void>> = {
    "cut to a checkpoint": (folder) => {
      const lines = readFileSync(fileIn(folder), "utf8").split("\n");
      writeFileSync(fileIn(folder), `${lines.slice(0, 65).join("\n")}\n`);
    },
    emptied: (folder) => writeFileSync(fileIn(folder), ""),
    removed: (folder) => rmSync(fileIn(folder)),
    "another of the same length": async (folder) => {
      const other = temporaryFolder();
      copyFileSync(join(folder, "audit-signing-key"), join(other, "audit-signing-key"));
      clock.advance(5);
      await logOf(other, 100);
      copyFileSync(fileIn(other), fileIn(folder));
    },
  };
  for (const [how, change] of Object.entries(changes)) {
    const folder = temporaryFolder();
    const anchor = anchorElsewhere();
    await logOf(folder, 100, anchor);
    await change(folder);
    const changed = existsSync(fileIn(folder)) ? readFileSync(fileIn(folder), "utf8") : "";
    const log = await openIn(folder, anchor);
    const [alarm] = (await log.list({ limit: 1, verb: "audit.alarm" })).entries;
    expect(alarm?.detail, how).toMatchObject({ problem: expect.stringContaining("anchor") });
    const kept = readdirSync(folder).filter((name) => name.startsWith("audit.evidence"));
    expect(kept.map((name) => readFileSync(join(folder, name), "utf8"))).toEqual([changed]);
    expect(await log.verify()).toMatchObject({ result: "intact", epoch: 1 });
    await log.close();
    expect(checkpointsIn(folder).at(-1)?.epoch).toBe(1);
    const again = await openIn(folder, anchor);
    expect((await again.list({ limit: 9, verb: "audit.alarm" })).total).toBe(1);
  }
});

test("a history rewritten with another key raises an alarm even without an anchor", async () => {
  const [folder, other] = [temporaryFolder(), temporaryFolder()];
  const anchor = { read: async () => null, write: async () => undefined };
  await logOf(folder, 10, anchor);
  await logOf(other, 12, anchor);
  copyFileSync(fileIn(other), fileIn(folder));
  const log = await openIn(folder, anchor);
  const [alarm] = (await log.list({ limit: 1, verb: "audit.alarm" })).entries;
  expect(alarm?.detail).toMatchObject({ problem: expect.stringContaining("another key") });
});

test("entries that were not signed when Gatehouse ended are named", async () => {
  const folder = temporaryFolder();
  await logOf(folder, 10);
  const lines = readFileSync(fileIn(folder), "utf8").trimEnd().split("\n");
  writeFileSync(fileIn(folder), `${lines.slice(0, 10).join("\n")}\n`);
  const log = await openIn(folder);
  expect((await log.list({ limit: 1 })).entries[0]).toMatchObject({ verb: "audit.unsigned-tail", detail: { from: 0, entries: 10 } });
});

test("an anchor that is gone is said to be, and made anew", async () => {
  const folder = temporaryFolder();
  await logOf(folder, 3);
  rmSync(join(folder, "audit-anchor.json"));
  const log = await openIn(folder);
  expect((await log.list({ limit: 1 })).entries[0]).toMatchObject({ verb: "audit.anchor-missing" });
  expect(JSON.parse(readFileSync(join(folder, "audit-anchor.json"), "utf8"))).toMatchObject({ size: 4 });
});

test("the signing key is readable by its owner only; the public one lies beside it", async () => {
  const folder = temporaryFolder();
  await logOf(folder, 1);
  expect(statSync(join(folder, "audit-signing-key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder, "audit-public-key"), "utf8").trim()).toBe(checkpointsIn(folder)[0]?.key);
});

test("a start behind a stored index answers as one that has read everything", async () => {
  const folder = temporaryFolder();
  const first = await openIn(folder);
  const open = await first.intent(note(-1));
  for (let at = 0; at < 2_600; at += 200) await Promise.all(Array.from({ length: 200 }, (_, more) => first.note(note(at + more))));
  await first.close();
  expect(existsSync(join(folder, "audit.index"))).toBe(true);
  const second = await openIn(folder);
  await second.note({ ...note(9_999), detail: { rule: "shell(after:*)" } });
  const questions = [
    { text: ":2599}" },
    { verb: "test" },
    { outcome: "unknown" as const },
    { rule: "AFTER" },
    { text: "after", before: 2_000 },
  ];
  const answers = async (log: typeof second) => await Promise.all(questions.map((question) => log.list({ ...question, limit: 3 })));
  const indexed = await answers(second);
  expect(indexed.map(({ total }) => total)).toEqual([1, 2_602, 1, 1, 0]);
  expect(indexed[2]?.entries[0]?.sequence).toBe(open.sequence);
  await second.close();
  rmSync(join(folder, "audit.index"));
  const third = await openIn(folder);
  expect(await answers(third)).toEqual(indexed);
  expect(await third.verify()).toEqual({ ...Object(await verifyLog(fileIn(folder))), signed: expect.anything() });
});

test("a stored index does not hide a change in what it covers", async () => {
  const folder = temporaryFolder();
  const log = await openIn(folder);
  for (let at = 0; at < 2_200; at += 200) await Promise.all(Array.from({ length: 200 }, (_, more) => log.note(note(at + more))));
  await log.close();
  const content = readFileSync(fileIn(folder), "utf8").replace('"at":7}', '"at":8}');
  writeFileSync(fileIn(folder), content);
  const again = await openIn(folder);
  const [alarm] = (await again.list({ limit: 1, verb: "audit.alarm" })).entries;
  expect(alarm?.detail).toMatchObject({ firstBad: 7, problem: "does not match its hash" });
});

test("an index that was changed, or is another install's, is not believed", async () => {
  const folder = temporaryFolder();
  const log = await openIn(folder);
  for (let at = 0; at < 2_200; at += 200) await Promise.all(Array.from({ length: 200 }, (_, more) => log.note(note(at + more))));
  await log.close();
  const file = join(folder, "audit.index");
  const original = readFileSync(file);
  for (const at of [10, original.indexOf(0x0a) + 100, original.length - 1]) {
    const changed = Buffer.from(original);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
    const again = await openIn(folder);
    expect(await again.list({ limit: 1, text: ":2199}" })).toMatchObject({ total: 1 });
    expect((await again.list({ limit: 1, verb: "audit.alarm" })).total).toBe(0);
    await again.close();
  }
});

test("filters know time, actor, run, outcome, rule and secret", async () => {
  const log = await openIn(temporaryFolder());
  expect(log).toBeInstanceOf(FileAuditLog);
  const begun = clock.now();
  await log.note({ verb: "vault.put", actor: { kind: "person", name: "owner" }, detail: { name: "npm" } });
  clock.advance(1_000);
  const asked = await log.intent({
    verb: "tool.shell",
    actor: { kind: "agent", runId: "run-1" },
    detail: { rule: "shell(Sudo:*)", secrets: ["npm", "gh"] },
  });
  clock.advance(1_000);
  await asked.refused({ rule: null });
  await log.note({ verb: "vault.use", actor: { kind: "agent", runId: "run-2" }, runId: "run-2", detail: { secret: "gh", name: 7 } });
  const found = async (filter: object) => (await log.list({ limit: 9, ...filter })).entries.map(({ sequence }) => sequence);
  expect(await found({ from: begun + 1 })).toEqual([3, 2, 1]);
  expect(await found({ from: begun + 1_000, to: begun + 1_999 })).toEqual([1]);
  expect(await found({ actor: "person" })).toEqual([0]);
  expect(await found({ actor: "owner" })).toEqual([0]);
  expect(await found({ actor: "agent" })).toEqual([3, 2, 1]);
  expect(await found({ runId: "run-1" })).toEqual([2, 1]);
  expect(await found({ runId: "run-2", actor: "agent", secret: "gh", text: "GH" })).toEqual([3]);
  expect(await found({ outcome: "refused" })).toEqual([2]);
  expect(await found({ outcome: "done" })).toEqual([]);
  expect(await found({ rule: "sudo" })).toEqual([1]);
  expect(await found({ secret: "npm" })).toEqual([1, 0]);
  expect(await found({ secret: "gh" })).toEqual([3, 1]);
  expect(log.names()).toEqual({
    verbs: ["vault.put", "tool.shell", "vault.use"],
    actors: ["person:owner", "agent"],
    rules: ["shell(Sudo:*)"],
    secrets: ["npm", "gh"],
  });
});

test("an intent that a crash left without an outcome is unknown in every page that shows it", async () => {
  const folder = temporaryFolder();
  const first = await openIn(folder);
  await first.intent(note(0));
  await (await first.intent(note(1))).done();
  await first.close();
  const log = await openIn(folder);
  expect((await log.list({ limit: 9 })).unknown).toEqual([0]);
  expect((await log.list({ limit: 9, outcome: "unknown" })).entries.map(({ sequence }) => sequence)).toEqual([0]);
  const open = await log.intent(note(2));
  expect((await log.list({ limit: 9 })).unknown).toEqual([0]);
  await open.done();
});
