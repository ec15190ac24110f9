import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { silentLogger } from "../kernel/logger.ts";
import { type AuditStatement, chainStart, maximumLineBytes, seal } from "./audit-entry.ts";
import { openAuditLog } from "./open-audit-log.ts";
import { verifyLog } from "./verify-log.ts";

/** A real log of an intent, its outcome and two notes, and the file it is in. */
async function makeLog(): Promise<{ readonly file: string; readonly lines: readonly string[] }> {
  const folder = temporaryFolder();
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger() });
  const actor = { kind: "agent" as const, runId: "run-000001" };
  await log.around({ verb: "tool.shell", actor, taskId: "t-000001", detail: { argv: ["ls", "größe"], n: 1.5 } }, async () => undefined);
  await log.note({ verb: "test.note", actor });
  await log.note({ verb: "test.note", actor: { kind: "person", name: 'a "name"' } });
  await log.close();
  const file = join(folder, "audit.jsonl");
  return { file, lines: readFileSync(file, "utf8").trimEnd().split("\n") };
}

/** Seals the statements into a chain that nobody but a forger would write. */
function forge(statements: readonly Partial<AuditStatement>[]): string {
  let { sequence, previousHash } = chainStart;
  let text = "";
  for (const statement of statements) {
    const whole: AuditStatement = {
      ...{
        at: 1,
        phase: "note",
        intent: null,
        verb: "a.b",
        actor: { kind: "gatehouse" },
        taskId: null,
        runId: null,
        outcome: null,
        detail: {},
      },
      ...statement,
    };
    const { entry, line } = seal(whole, sequence, previousHash);
    ({ sequence, hash: previousHash } = entry);
    sequence++;
    text += `${line}\n`;
  }
  return text;
}

test("an untouched log is intact, and an empty one too", async () => {
  const { file } = await makeLog();
  expect(await verifyLog(file)).toMatchObject({ result: "intact", entries: 4, signed: 4, root: expect.stringMatching(/^[0-9a-f]{64}$/) });
  writeFileSync(file, "");
  expect(await verifyLog(file)).toMatchObject({ result: "intact", entries: 0 });
});

test("any changed byte is found in the line it is in", { timeout: 60_000 }, async () => {
  const { file } = await makeLog();
  const original = readFileSync(file);
  let line = 0;
  for (let at = 0; at < original.length; at++) {
    const changed = Buffer.from(original);
    changed[at] = (changed[at] ?? 0) ^ (1 + (at % 255));
    writeFileSync(file, changed);
    const verdict = await verifyLog(file);
    expect(verdict, `byte ${at}`).toMatchObject({ result: "tampered", firstBad: line, entries: line });
    if (original[at] === 0x0a) line++;
  }
});

test("lines dropped, doubled, swapped or put in are found", async () => {
  const { file, lines } = await makeLog();
  const [a = "", b = "", c = "", d = ""] = lines;
  const changes: readonly [number, readonly string[]][] = [
    [0, [b, c, d]],
    [1, [a, c, d]],
    [2, [a, b, d]],
    [1, [a, a, b, c, d]],
    [2, [a, b, d, c]],
    [1, [a, "", b, c, d]],
    [0, ["\ufeff" + a, b, c, d]],
    [3, [a, b, c, d.replace("test.note", "test.none")]],
  ];
  for (const [firstBad, changed] of changes) {
    writeFileSync(file, `${changed.join("\n")}\n`);
    expect(await verifyLog(file), changed.join("\n")).toMatchObject({ result: "tampered", firstBad });
  }
});

test("a cut last line is found, as is one without an end", async () => {
  const { file, lines: all } = await makeLog();
  const lines = all.slice(0, -1);
  writeFileSync(file, lines.join("\n"));
  expect(await verifyLog(file)).toMatchObject({ result: "tampered", firstBad: 3, problem: expect.stringContaining("cut off") });
  writeFileSync(file, `${lines.join("\n")}\n${"x".repeat(maximumLineBytes * 3)}`);
  expect(await verifyLog(file)).toMatchObject({ result: "tampered", firstBad: 4 });
});

test("a chain that is sealed but makes no sense is found", async () => {
  const file = join(temporaryFolder(), "forged.jsonl");
  const forgeries: readonly [string, number, readonly Partial<AuditStatement>[]][] = [
    ["an outcome of a note", 1, [{}, { phase: "outcome", intent: 0, outcome: "done" }]],
    [
      "a second outcome",
      2,
      [{ phase: "intent" }, { phase: "outcome", intent: 0, outcome: "done" }, { phase: "outcome", intent: 0, outcome: "failed" }],
    ],
    ["an outcome before its intent", 0, [{ phase: "outcome", intent: 1, outcome: "done" }, { phase: "intent" }]],
    ["an outcome without a result", 1, [{ phase: "intent" }, { phase: "outcome", intent: 0 }]],
    ["a note with a result", 0, [{ outcome: "done" }]],
    ["an unknown actor", 0, [{ actor: JSON.parse('{"kind":"nobody"}') }]],
  ];
  for (const [title, firstBad, statements] of forgeries) {
    writeFileSync(file, forge(statements));
    expect(await verifyLog(file), title).toMatchObject({ result: "tampered", firstBad });
  }
  writeFileSync(file, forge([{ phase: "intent" }, { phase: "outcome", intent: 0, outcome: "done" }, {}]));
  expect(await verifyLog(file)).toMatchObject({ result: "intact", entries: 3 });
});

test("an entry that is whole in itself but follows from another log is found", async () => {
  const file = join(temporaryFolder(), "spliced.jsonl");
  const [a = "", b = "", c = ""] = forge([{ verb: "a.a" }, { verb: "a.b" }, { verb: "a.c" }])
    .trimEnd()
    .split("\n");
  const [other = "", otherNext = ""] = forge([{ verb: "b.a" }, { verb: "b.b" }])
    .trimEnd()
    .split("\n");
  for (const [firstBad, lines] of [
    [1, [other, b, c]],
    [1, [a, otherNext, c]],
  ] as const) {
    writeFileSync(file, `${lines.join("\n")}\n`);
    expect(await verifyLog(file)).toMatchObject({ result: "tampered", firstBad, problem: "does not follow from the entry before it" });
  }
});

test("a line in another spelling is found even when its hash was made anew", async () => {
  const file = join(temporaryFolder(), "forged.jsonl");
  const { hash: _hash, ...entry } = JSON.parse(forge([{}]).trim());
  const spaced = canonicalJson(entry).replace('"detail":{}', '"detail": {}');
  const { createHash } = await import("node:crypto");
  const hash = createHash("sha256").update(spaced).digest("hex");
  writeFileSync(file, `${spaced.replace('"intent"', `"hash":"${hash}","intent"`)}\n`);
  expect(await verifyLog(file)).toMatchObject({ result: "tampered", firstBad: 0, problem: "is not in canonical form" });
});

test("verification stops when it is told to", async () => {
  const { file } = await makeLog();
  await expect(verifyLog(file, {}, AbortSignal.abort())).rejects.toThrow();
});
