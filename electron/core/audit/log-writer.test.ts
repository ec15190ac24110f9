import { readFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { type AuditStatement, chainStart } from "./audit-entry.ts";
import { type LogFile, LogWriter } from "./log-writer.ts";
import { verifyLog } from "./verify-log.ts";

const statement = (verb: string): AuditStatement => ({
  ...{ at: 1, phase: "note", intent: null, verb, actor: { kind: "gatehouse" }, taskId: null, runId: null, outcome: null, detail: {} },
});

/** A real file whose disk can be slow or broken: it does what it is told, and counts. */
class TroubledFile implements LogFile {
  syncs = 0;
  /** What the disk says before it stores anything; a rejection is a fault. */
  beforeSync: () => Promise<void> = async () => undefined;
  beforeTruncate: () => Promise<void> = async () => undefined;
  readonly #real: FileHandle;

  constructor(real: FileHandle) {
    this.#real = real;
  }

  async appendFile(...parameters: Parameters<FileHandle["appendFile"]>): Promise<void> {
    await this.#real.appendFile(...parameters);
  }

  async datasync(): Promise<void> {
    await this.beforeSync();
    await this.#real.datasync();
    this.syncs++;
  }

  async truncate(length?: number): Promise<void> {
    await this.beforeTruncate();
    await this.#real.truncate(length);
  }

  async close(): Promise<void> {
    await this.#real.close();
  }
}

async function writerOver(): Promise<{
  readonly writer: LogWriter;
  readonly disk: TroubledFile;
  readonly file: string;
  readonly durable: string[];
}> {
  const file = join(temporaryFolder(), "audit.jsonl");
  const disk = new TroubledFile(await open(file, "a+", 0o600));
  const durable: string[] = [];
  const writer = new LogWriter(disk, chainStart, 0, (line) => line.kind === "entry" && durable.push(line.entry.verb));
  onTestFinished(() => writer.close());
  return { writer, disk, file, durable };
}

const inputOutputError = () => Promise.reject(Object.assign(new Error("EIO: i/o error"), { code: "EIO" }));

test("an append resolves after its fsync, not before; what comes meanwhile shares the next one", async () => {
  const { writer, disk, durable } = await writerOver();
  const stored: (() => void)[] = [];
  disk.beforeSync = () => new Promise((resolve) => stored.push(resolve));
  const resolved: string[] = [];
  const append = async (verb: string) => {
    await writer.append(statement(verb));
    resolved.push(verb);
  };
  const all = [append("a.a"), append("a.b")];
  await expect.poll(() => stored.length).toBe(1);
  all.push(...["b.a", "b.b", "b.c"].map((verb) => append(verb)));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([resolved, durable, stored.length]).toEqual([[], [], 1]);
  stored[0]?.();
  await expect.poll(() => resolved).toEqual(["a.a", "a.b"]);
  await expect.poll(() => stored.length).toBe(2);
  stored[1]?.();
  await Promise.all(all);
  expect([resolved, durable, disk.syncs]).toEqual([["a.a", "a.b", "b.a", "b.b", "b.c"], resolved, 2]);
});

test("an fsync that fails refuses everyone who waited for it, and leaves nothing of them", async () => {
  const { writer, disk, file } = await writerOver();
  await writer.append(statement("a.good"));
  const before = readFileSync(file, "utf8");
  disk.beforeSync = async () => {
    disk.beforeSync = async () => undefined;
    await inputOutputError();
  };
  const answers = await Promise.allSettled([writer.append(statement("b.lost")), writer.append(statement("b.lost"))]);
  expect(answers.map((answer) => answer.status === "rejected" && answer.reason.code)).toEqual(["AUDIT_UNAVAILABLE", "AUDIT_UNAVAILABLE"]);
  expect(readFileSync(file, "utf8")).toBe(before);
  expect((await writer.append(statement("c.good"))).sequence).toBe(1);
  expect(await verifyLog(file)).toMatchObject({ result: "intact", entries: 2 });
});

test("while the remains of a failed write cannot be removed, nothing more is written", async () => {
  const { writer, disk, file } = await writerOver();
  await writer.append(statement("a.good"));
  disk.beforeSync = inputOutputError;
  disk.beforeTruncate = inputOutputError;
  await expect(writer.append(statement("b.lost"))).rejects.toMatchObject({ code: "AUDIT_UNAVAILABLE" });
  disk.beforeSync = async () => undefined;
  const withRemains = readFileSync(file, "utf8");
  await expect(writer.append(statement("c.refused"))).rejects.toMatchObject({ code: "AUDIT_UNAVAILABLE" });
  expect(readFileSync(file, "utf8")).toBe(withRemains);
  disk.beforeTruncate = async () => undefined;
  await writer.append(statement("d.good"));
  expect(readFileSync(file, "utf8")).not.toContain("lost");
  expect(await verifyLog(file)).toMatchObject({ result: "intact", entries: 2 });
});

test("a disk that does not keep up is met with refusals, not with memory", async () => {
  const { writer, disk } = await writerOver();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  disk.beforeSync = () => released;
  const answers = Array.from({ length: 10_300 }, () =>
    writer.append(statement("a.b")).then(
      () => "stored",
      (error: unknown) => Object(error).code,
    ),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  release();
  const said = await Promise.all(answers);
  expect(said.filter((answer) => answer === "stored").length).toBe(10_000);
  expect(said.filter((answer) => answer === "AUDIT_UNAVAILABLE").length).toBe(300);
});
