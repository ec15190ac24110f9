import { describe, expect, test } from "vitest";
import { readSettingsFile, rulesOf } from "./read-settings-file.ts";

const whole = `{
  // How agents work here.
  "$schema": "https://example.com/gatehouse.schema.json",
  "agent": "claude-code",
  "model": "fast",
  "limits": { "memoryMiB": 4096, "wallClockMinutes": 30 },
  "network": ["registry.example.com", "GET docs.example.com/api/*"],
  "secrets": ["anthropic"],
  "rules": { "deny": ["shell(git push:*)"], "allow": ["shell(npm test:*)"], "ask": ["shell(npm publish:*)"] },
  "setUp": { "command": "npm ci", "timeoutMinutes": 5 },
  "checks": [{ "name": "Tests", "command": "npm test" }, { "name": "Lint", "command": "npm run lint" }],
  "checkRounds": 3,
}
`;

function problems(text: string) {
  const read = readSettingsFile(text);
  return read.ok ? [] : read.problems;
}

test("a whole file is read, with comments, a trailing comma and the usual values for what it leaves out", () => {
  const read = readSettingsFile(whole);
  expect(read).toMatchObject({
    ok: true,
    settings: {
      agent: "claude-code",
      limits: { memoryMiB: 4096, wallClockMinutes: 30 },
      checks: [{ name: "Tests", command: "npm test", timeoutMinutes: 15 }, { name: "Lint" }],
      checkRounds: 3,
    },
  });
  expect(readSettingsFile("{}")).toMatchObject({ ok: true, settings: { checks: [], network: [], checkRounds: 2 } });
});

test("before a person has adopted it, a file only tightens", () => {
  const read = readSettingsFile(whole);
  if (!read.ok) throw new Error("not read");
  expect(rulesOf(read.settings, false)).toEqual({ deny: ["shell(git push:*)"], ask: ["shell(npm publish:*)"], allow: [] });
  expect(rulesOf(read.settings, true).allow).toEqual([
    "shell(npm test:*)",
    "egress(registry.example.com)",
    "egress(GET docs.example.com/api/*)",
  ]);
});

describe("what is wrong is told by line and column", () => {
  test.each([
    ["", 1, 1, "empty"],
    ["{", 1, 2, "no JSON"],
    ['{\n  "agnet": "practice"\n}', 2, 12, 'no "agnet"'],
    ['{\n  "checks": [\n    { "name": "Tests", "command": "" }\n  ]\n}', 3, 35, "empty"],
    ['{ "limits": { "memoryMiB": 1 } }', 1, 28, ">=128"],
    ['{ "rules": { "deny": ["shell(git push:*)", "shel(x)"] } }', 1, 44, "shel"],
    ['{ "network": ["https://example.com"] }', 1, 15, "https://"],
    ['{ "agent": "a",\n "agent": "b" }', 2, 2, "twice"],
    ["[]", 1, 1, "object"],
    ['{ "setUp": "npm ci" }', 1, 12, "object"],
    ['{ "secrets": ["NOT A NAME"] }', 1, 15, "lower-case"],
  ])("%j", (text, line, column, words) => {
    const [first] = problems(text);
    expect(first).toMatchObject({ line, column });
    expect(first?.problem).toContain(words);
  });
});

test("a file that cannot smuggle a rule through the list of hosts", () => {
  expect(problems('{ "network": ["a.example) shell(*"] }')).not.toEqual([]);
  expect(problems('{ "network": ["*"] }')).toEqual([]);
});
