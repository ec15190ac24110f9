import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { rules } from "./rules.ts";

let printed = "";
let complained = "";

beforeEach(() => {
  printed = "";
  complained = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => (printed += String(text)) !== "");
  vi.spyOn(process.stderr, "write").mockImplementation((text) => (complained += String(text)) !== "");
});
afterEach(() => vi.restoreAllMocks());

function file(content: string): string {
  const path = join(temporaryFolder(), "gatehouse.rules.jsonc");
  writeFileSync(path, content);
  return path;
}

test("a good file: 0, with counts and notes", async () => {
  const path = file('{ "allow": ["shell(git:*)", "shell(git status)"], "deny": ["shell(rm:*)"] }');
  expect(await rules.run(["check", path])).toBe(0);
  expect(printed).toContain(`${path}: good. 1 deny, 2 allow, 0 ask; 0 examples hold.`);
  expect(printed).toContain("note: allow shell(git status): It says nothing that shell(git:*) does not say.");
});

test("a file with problems: 1, each by line and column", async () => {
  const path = file('{\n  "allow": ["shell(git"],\n  "dney": []\n}');
  expect(await rules.run(["check", path])).toBe(1);
  expect(printed.split("\n").filter(Boolean)).toEqual([
    `${path}:2:23: ')' is missing at the end.`,
    expect.stringContaining(`${path}:3:3: There is no "dney"`),
  ]);
});

test("hooks are checked like rules: counted where they are good, named by line and column where not", async () => {
  const guard = (command: string) => `{ "on": "tool_pre", "name": "guard", "match": "shell(git push:*)", "command": ${command} }`;
  const path = file(`{ "hooks": [${guard('["/opt/guard"]')}] }`);
  expect(await rules.run(["check", path])).toBe(0);
  expect(printed).toContain("good. 0 deny, 0 allow, 0 ask, 1 hook; 0 examples hold.");
  printed = "";
  const bad = file(`{\n  "hooks": [\n    ${guard("[]")}\n  ]\n}`);
  expect(await rules.run(["check", bad])).toBe(1);
  expect(printed).toMatch(/gatehouse\.rules\.jsonc:3:\d+: This hook cannot be read: command/);
  printed = "";
  expect(await rules.run(["check", path, "--json"])).toBe(0);
  expect(JSON.parse(printed)).toMatchObject({ ok: true, hooks: 1, problems: [] });
});

test("as JSON", async () => {
  expect(await rules.run(["check", file('{ "ask": ["x"] }'), "--json"])).toBe(1);
  expect(JSON.parse(printed)).toMatchObject({ ok: false, problems: [{ line: 1, column: 13 }] });
  printed = "";
  expect(await rules.run(["check", "--json", file('{ "allow": ["shell(ls)", "shell(ls)"] }')])).toBe(0);
  expect(JSON.parse(printed)).toMatchObject({ ok: true, shadowed: [{ list: "allow", rule: "shell(ls)", by: "shell(ls)" }] });
});

test("a file that is not there: 2; words that are not understood: 64", async () => {
  expect(await rules.run(["check", join(temporaryFolder(), "none")])).toBe(2);
  expect(await rules.run(["check", temporaryFolder()])).toBe(2);
  expect(await rules.run(["check", "/dev/zero"])).toBe(2);
  expect(complained).toContain("/dev/zero cannot be read: it is larger than 8 MiB");
  expect(await rules.run([])).toBe(64);
  expect(await rules.run(["check"])).toBe(64);
  expect(await rules.run(["chek", "x"])).toBe(64);
  expect(complained).not.toBe("");
});

test("another tool's permissions are written as a rule file that checks", async () => {
  const settings = file('{ "permissions": { "allow": ["Bash(npm test:*)"], "deny": ["Read(./.env)", "Task"] } }');
  expect(await rules.run(["import", settings])).toBe(1);
  expect(complained).toContain("left out: deny Task");
  const imported = file(printed);
  printed = "";
  expect(await rules.run(["check", imported])).toBe(0);
});
