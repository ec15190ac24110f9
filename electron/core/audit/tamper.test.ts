import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import * as z from "zod";
import type { AuditVerification } from "#shared/contract/audit.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { AnchorPoint } from "./audit-anchor.ts";
import { parseLine } from "./audit-entry.ts";
import { isCheckpointLine } from "./checkpoint.ts";
import { CheckpointKeeper } from "./checkpoint-keeper.ts";
import { LogCheck } from "./log-check.ts";
import { LogWriter } from "./log-writer.ts";
import { openAuditLog } from "./open-audit-log.ts";
import { keyFile, openSigner } from "./signing-key.ts";
import { verifyLog } from "./verify-log.ts";
import { open } from "node:fs/promises";

/** What a verification must be given to see it. */
type Finder = "nothing" | "key" | "anchor" | "missed";

let lines: readonly string[];
let key: string;
let anchor: AnchorPoint;
let random: () => number;

/** Park and Miller's minimal standard generator: the same thousand at every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

const below = (end: number) => Math.floor(random() * end);
const text = (all: readonly string[]) => all.map((line) => `${line}\n`).join("");
const bytes = () => Buffer.from(text(lines));

beforeEach(async () => {
  random = seeded(20_261_122);
  const folder = temporaryFolder();
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger() });
  const actor = { kind: "agent" as const, runId: "run-000001" };
  for (let at = 0; at < 50; at++) {
    const detail = { argv: ["git", "commit", `-m=größe ${at}`], rule: "shell(git:*)" };
    await log.around({ verb: "tool.shell", actor, taskId: "t-000001", detail }, async () => undefined);
    await log.note({ verb: "run.note", actor, detail: { at } });
  }
  await log.close();
  lines = readFileSync(join(folder, "audit.jsonl"), "utf8").trimEnd().split("\n");
  key = readFileSync(join(folder, "audit-public-key"), "utf8").trim();
  anchor = JSON.parse(readFileSync(join(folder, "audit-anchor.json"), "utf8"));
});

/** Each gives the changed file. */
const tampers: Readonly<Record<string, () => Promise<Buffer> | Buffer>> = {
  "edit a byte": () => {
    const changed = bytes();
    const at = below(changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 + below(255));
    return changed;
  },
  "edit a word": () => {
    const at = below(lines.length);
    return Buffer.from(text(lines.map((line, index) => (index === at ? line.replace(/[0-8](?=\D*$)/, "9") : line))));
  },
  "swap two lines": () => {
    const changed = [...lines];
    const [a, b] = [below(lines.length - 1), 1 + below(lines.length - 1)];
    const [first, second] = a === b ? [b - 1, b] : [a, b];
    [changed[first], changed[second]] = [lines[second] ?? "", lines[first] ?? ""];
    return Buffer.from(text(changed));
  },
  "delete a line before the last": () => Buffer.from(text(lines.toSpliced(below(lines.length - 1), 1))),
  "delete some bytes": () => {
    const at = below(bytes().length - 1);
    return Buffer.concat([bytes().subarray(0, at), bytes().subarray(at + 1 + below(400))]);
  },
  "insert a copy": () => Buffer.from(text(lines.toSpliced(below(lines.length + 1), 0, lines[below(lines.length)] ?? ""))),
  "insert bytes": () => {
    const at = below(bytes().length + 1);
    return Buffer.concat([bytes().subarray(0, at), Buffer.from(random().toString(36)), bytes().subarray(at)]);
  },
  "cut anywhere": () => bytes().subarray(0, below(bytes().length)),
  "cut after a line": () => Buffer.from(text(lines.slice(0, below(lines.length)))),
  "rewrite all hashes from a changed entry on, with another key": async () => await rewritten(),
  "the same, and no checkpoints": async () =>
    Buffer.from(
      text(
        (await rewritten())
          .toString()
          .trimEnd()
          .split("\n")
          .filter((line) => !isCheckpointLine(line)),
      ),
    ),
  "the same, and the old checkpoints": async () => {
    const fresh = (await rewritten()).toString().trimEnd().split("\n");
    return Buffer.from(text(fresh.map((line, at) => (isCheckpointLine(line) ? (lines[at] ?? line) : line))));
  },
};

/** What a forger does who knows the format: every hash and every checkpoint is made anew. */
async function rewritten(): Promise<Buffer> {
  const folder = temporaryFolder();
  const file = join(folder, "audit.jsonl");
  const signer = await openSigner(keyFile(join(folder, "key")));
  const check = new LogCheck();
  const handle = await open(file, "a+", 0o600);
  const writer = new LogWriter(handle, check.position, 0, () => undefined, new CheckpointKeeper(signer, new ManualClock(), check));
  const entries = lines.flatMap((line) => {
    const parsed = parseLine(line);
    return "entry" in parsed ? [parsed.entry] : [];
  });
  const changed = below(entries.length);
  await Promise.all(
    entries.map((entry, at) => {
      const { sequence: _sequence, previousHash: _previous, hash: _hash, ...statement } = entry;
      return writer.append(at === changed ? { ...statement, at: statement.at + 1 } : statement);
    }),
  );
  await writer.close();
  return readFileSync(file);
}

async function finderOf(file: string): Promise<Finder> {
  const isFound = (verdict: AuditVerification) => verdict.result === "tampered";
  if (isFound(await verifyLog(file))) return "nothing";
  if (isFound(await verifyLog(file, { keys: [key] }))) return "key";
  return isFound(await verifyLog(file, { keys: [key], anchor })) ? "anchor" : "missed";
}

test("the log that is tampered with is intact before, by its key and its anchor", async () => {
  const file = join(temporaryFolder(), "audit.jsonl");
  writeFileSync(file, bytes());
  const verdict = await verifyLog(file, { keys: [key], anchor });
  expect(verdict).toMatchObject({ result: "intact", entries: 150, signed: 150, keys: [key] });
  expect(z.object({ size: z.literal(150), root: z.string() }).parse(anchor).root).toBe(Object(verdict).root);
});

test("of a thousand random changes to a real log, a thousand are found", { timeout: 180_000 }, async () => {
  const file = join(temporaryFolder(), "audit.jsonl");
  const kinds = Object.entries(tampers);
  const found: Record<string, Partial<Record<Finder, number>>> = {};
  for (let done = 0; done < 1_000; ) {
    const [kind = "", tamper = bytes] = kinds[done % kinds.length] ?? [];
    const changed = await tamper();
    if (changed.equals(bytes())) continue;
    writeFileSync(file, changed);
    const finder = await finderOf(file);
    const counts = (found[kind] ??= {});
    counts[finder] = (counts[finder] ?? 0) + 1;
    done++;
  }
  const all = (finder: Finder) =>
    Object.entries(found)
      .filter(([, counts]) => (counts[finder] ?? 0) > 0)
      .map(([kind]) => kind);
  expect(all("missed")).toEqual([]);
  expect(all("key")).toEqual(["rewrite all hashes from a changed entry on, with another key"]);
  expect(all("anchor").filter((kind) => !kind.startsWith("cut"))).toEqual([]);
  expect(found["cut after a line"]?.anchor).toBeGreaterThan(0);
  expect(Object.values(found).reduce((sum, counts) => sum + (counts.nothing ?? 0), 0)).toBeGreaterThan(800);
});
