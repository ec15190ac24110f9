import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

test("an intact log exits 0 and names its size and root", async () => {
  const file = await makeLog();
  const text = await run("verify", file);
  expect(text).toMatchObject({ code: 0, out: expect.stringMatching(/^intact: 3 entries, root [0-9a-f]{64}\n$/), err: "" });
  const { code, out } = await run("verify", "--json", file);
  expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, result: "intact", entries: 3, root: text.out.trim().split(" ").at(-1) });
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

test("words that are not understood exit 64 with the usage", async () => {
  for (const words of [[], ["verify"], ["verify", "a", "b"], ["export", "a"], ["verify", "a", "--fast"]]) {
    expect(await run(...words)).toMatchObject({ code: usageExitCode, err: expect.stringContaining("Usage: gatehouse audit verify") });
  }
});
