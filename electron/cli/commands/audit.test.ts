import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openAuditLog } from "../../core/audit/open-audit-log.ts";
import { silentLogger } from "../../core/kernel/logger.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { usageExitCode } from "../command.ts";
import { audit } from "./audit.ts";

/** Runs the command and takes down what it prints. */
async function run(...words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said = { out: "", err: "" };
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said.out += String(text)), true));
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => ((said.err += String(text)), true));
  onTestFinished(() => void [out.mockRestore(), err.mockRestore()]);
  try {
    return { code: await audit.run(words), ...said };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

async function makeLog(): Promise<string> {
  const folder = temporaryFolder();
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger() });
  for (const n of [1, 2, 3]) await log.note({ verb: "test.note", actor: { kind: "gatehouse" }, detail: { n } });
  await log.close();
  return join(folder, "audit.jsonl");
}

const rootIn = (text: string) => /root ([0-9a-f]{64})/.exec(text)?.[1];

test("an intact log exits 0 and names its size and root", async () => {
  const file = await makeLog();
  const text = await run("verify", file);
  expect(text).toMatchObject({ code: 0, out: expect.stringMatching(/^intact: 3 entries, root [0-9a-f]{64}\n/), err: "" });
  const { code, out } = await run("verify", "--json", file);
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, result: "intact", entries: 3, root: rootIn(text.out) });
});

test("a changed log exits 1 and names the first bad entry", async () => {
  const file = await makeLog();
  writeFileSync(file, readFileSync(file, "utf8").replace('"n":2', '"n":5'));
  const wanted = "tampered: entry 1 does not match its hash. The 1 entries before it are intact.\n";
  expect(await run("verify", file)).toMatchObject({ code: 1, out: wanted });
  const { code, out } = await run("verify", file, "--json");
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 1, result: "tampered", firstBad: 1 });
  appendFileSync(file, "{");
  expect((await run("verify", file)).code).toBe(1);
});

test("a file that cannot be read exits 2", async () => {
  for (const file of [join(temporaryFolder(), "none"), temporaryFolder()]) {
    expect(await run("verify", file)).toMatchObject({ code: 2, out: "", err: expect.stringContaining("cannot be read") });
    const { code, out } = await run("verify", "--json", file);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 2, result: "unreadable" });
  }
});

test("a file that is no audit log exits 2, and an empty one is intact", async () => {
  const folder = temporaryFolder();
  for (const content of ["hello\n", "{}\n", '{"name":"gatehouse"}', "\u0000\u0001"]) {
    writeFileSync(join(folder, "other"), content);
    expect(await run("verify", join(folder, "other"))).toMatchObject({ code: 2, err: expect.stringContaining("not an audit log") });
  }
  writeFileSync(join(folder, "empty"), "");
  expect(await run("verify", join(folder, "empty"))).toMatchObject({ code: 0, out: expect.stringMatching(/^intact: 0 entries/) });
});

test("the key that signed a log can be required, as text or from its file; another one exits 1", async () => {
  const file = await makeLog();
  const keyFile = join(dirname(file), "audit-public-key");
  const key = readFileSync(keyFile, "utf8").trim();
  expect((await run("verify", file)).out).toContain(`signed by ${key} (named by the log itself`);
  for (const given of [key, keyFile]) expect(await run("verify", file, "--key", given)).toMatchObject({ code: 0 });
  const other = readFileSync(join(dirname(await makeLog()), "audit-public-key"), "utf8").trim();
  expect(await run("verify", file, "--key", other)).toMatchObject({ code: 1, out: expect.stringContaining("entry 0") });
  expect(await run("verify", file, "--key", other, "--key", key)).toMatchObject({ code: 0 });
  const dashed = `-${other.slice(1)}`;
  expect(await run("verify", file, "--key", dashed), "a key that begins with a dash").toMatchObject({ code: 1 });
  expect(await run("verify", "--key", dashed, "--key", key, file)).toMatchObject({ code: 0 });
});

test("a log that was cut to a checkpoint is intact by itself, and tampered with for who knows its anchor", async () => {
  const file = await makeLog();
  const anchor = /anchor: (\S+)/.exec((await run("verify", file)).out)?.[1] ?? "";
  writeFileSync(file, "");
  expect((await run("verify", file)).code).toBe(0);
  const { code, out } = await run("verify", file, "--anchor", anchor);
  expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining("entry 0 is missing") });
});

test("an export verifies like its log, and finds what is cut from it", async () => {
  const folder = dirname(await makeLog());
  const out = join(folder, "export.jsonl");
  expect(await run("export", "--data", folder, "--out", out)).toMatchObject({ code: 0, out: "" });
  const log = await run("verify", join(folder, "audit.jsonl"));
  expect(await run("verify", out)).toMatchObject({ code: 0, out: log.out });
  const key = join(folder, "audit-public-key");
  expect(await run("verify", out, "--key", key)).toMatchObject({ code: 0 });
  const lines = readFileSync(out, "utf8").trimEnd().split("\n");
  writeFileSync(out, `${lines.slice(0, 3).join("\n")}\n`);
  expect(await run("verify", out)).toMatchObject({ code: 1, out: expect.stringContaining("entry 2 is missing") });
  expect(await run("export", "--data", folder, "--out", out)).toMatchObject({ code: 2, err: expect.stringContaining("EEXIST") });
});

test("an export as CSV has a row for each entry, and no cell is a formula", async () => {
  const folder = temporaryFolder();
  const log = await openAuditLog({ folder, clock: new ManualClock(), logger: silentLogger() });
  await log.note({ verb: "test.note", actor: { kind: "person", name: '=cmd|"x"' }, detail: { rule: "-shell(a,b)" } });
  await log.close();
  const { code, out } = await run("export", "--data", folder, "--format", "csv");
  const [header, row, ...rest] = out.trimEnd().split("\n");
  expect({ code, header, rest }).toEqual({ code: 0, header: expect.stringMatching(/^sequence,time,phase/), rest: [] });
  expect(row).toContain('"\'-shell(a,b)"');
});

test("a log that is not intact is not exported", async () => {
  const file = await makeLog();
  writeFileSync(file, readFileSync(file, "utf8").replace('"n":2', '"n":5'));
  const out = join(dirname(file), "export.jsonl");
  expect(await run("export", "--data", dirname(file), "--out", out)).toMatchObject({ code: 1, err: expect.stringContaining("entry 1") });
  expect(existsSync(out)).toBe(false);
  expect((await run("export", "--data", join(dirname(file), "none"))).code).toBe(2);
});

test("words that are not understood exit 64 with the usage", async () => {
  for (const words of [
    [],
    ["verify"],
    ["verify", "a", "b"],
    ["export", "a"],
    ["export", "--format", "xml"],
    ["verify", "a", "--key", "short"],
    ["verify", "a", "--anchor", "3:no"],
    ["verify", "a", "--fast"],
  ]) {
    expect(await run(...words)).toMatchObject({ code: usageExitCode, err: expect.stringContaining("Usage: gatehouse audit verify") });
  }
});
