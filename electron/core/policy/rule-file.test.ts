import { expect, test } from "vitest";
import { readRuleFile, shadowedInFile } from "./rule-file.ts";

test("a file with comments, trailing commas and examples is read", () => {
  const file = readRuleFile(`{
    // What this repository allows.
    "allow": [
      "shell(git:*)",
      { "rule": "shell(npm run:*)", "examples": { "match": ["npm run build"], "noMatch": ["npm publish", "npm run x && rm y"] } },
      { "rule": "filesystem(write:src/**)", "examples": { "match": ["write src/a.ts"], "noMatch": ["read src/a.ts", "write lib/a.ts"] } },
      { "rule": "egress(api.example.com)", "examples": { "match": ["api.example.com", "GET api.example.com:443/x"], "noMatch": ["example.com"] } },
    ],
    "deny": [{ "rule": "shell(git push --force:*)", "examples": { "match": ["git push -f", "sudo git push origin --force"], "noMatch": ["git push"] } }],
    "ask": [],
  }`);
  expect(file).toEqual({
    ok: true,
    hooks: [],
    examples: 12,
    rules: {
      allow: ["shell(git:*)", "shell(npm run:*)", "filesystem(write:src/**)", "egress(api.example.com)"],
      deny: ["shell(git push --force:*)"],
      ask: [],
    },
  });
});

test.each([
  ['{ "allow": ["shell(git:*)"', 1, 27, "no JSON"],
  ["[]", 1, 1, "an object"],
  ['{ "alow": [] }', 1, 3, 'no "alow"'],
  ['{ "allow": [],\n  "allow": [] }', 2, 3, "twice"],
  ['{ "allow": "shell(*)" }', 1, 12, "list of rules"],
  ['{ "allow": [\n  3\n] }', 2, 3, "A rule is a text"],
  ['{ "allow": [\n  "shell(ls"\n] }', 2, 12, "')' is missing"],
  ['{ "deny": ["shell(\\"x)"] }', 1, 19, "no shell command"],
  ['{ "deny": [{}] }', 1, 12, 'has a "rule"'],
  ['{ "deny": [{ "rule": "shell(rm:*)", "exmples": {} }] }', 1, 37, 'no "exmples"'],
  ['{ "deny": [{ "rule": "shell(rm:*)", "examples": { "match": ["ls"] } }] }', 1, 61, "does not match"],
  ['{ "allow": [{ "rule": "shell(ls:*)", "examples": { "noMatch": ["ls -a"] } }] }', 1, 64, "matches this example"],
  ['{ "allow": [{ "rule": "shell(ls:*)", "examples": { "match": ["ls; rm x"] } }] }', 1, 62, "does not match"],
])("%j: line %i, column %i, %s", (text, line, column, words) => {
  const file = readRuleFile(text);
  const [first] = file.ok ? [] : file.problems;
  expect(first).toMatchObject({ line, column });
  expect(first?.problem).toContain(words);
});

test("all problems are told, in the order of the file", () => {
  const file = readRuleFile('{\n "ask": ["x(y)"],\n "allow": ["shell()", 1]\n}');
  expect(file.ok ? [] : file.problems.map(({ line, column }) => [line, column])).toEqual([
    [2, 11],
    [3, 19],
    [3, 23],
  ]);
});

test("rules that never decide are named with the rule that stands before them", () => {
  const file = readRuleFile('{ "allow": ["shell(git push origin:*)"], "deny": ["shell(git push:*)", "shell(rm -rf /tmp:*)"] }');
  expect(file.ok ? shadowedInFile(file.rules).map(({ rule, by, why }) => [rule.text, by.text, why]) : null).toEqual([
    ["shell(rm -rf /tmp:*)", "shell(rm -rf /:*)", "It says nothing that shell(rm -rf /:*) does not say."],
    ["shell(git push origin:*)", "shell(git push:*)", "It never decides: shell(git push:*) denies what it names."],
  ]);
});

test("a byte order mark is passed over, and columns count from the text behind it", () => {
  expect(readRuleFile('\ufeff{ "allow": ["shell(ls)"] }').ok).toBe(true);
  expect(readRuleFile('\ufeff{ "allow": ["x"] }')).toMatchObject({ problems: [{ line: 1, column: 15 }] });
});

test("what was no UTF-8 in the file is refused: a deny with it would never match", () => {
  const file = readRuleFile(Buffer.from('{\n"deny": ["shell(rm\xff:*)"] }', "latin1").toString("utf8"));
  expect(file).toEqual({ ok: false, problems: [{ line: 2, column: 19, problem: "The file is not UTF-8 here." }] });
});

test("a file that is nested too deeply, or has too many rules or problems, is refused in bounded time", () => {
  const begun = performance.now();
  const problemsOf = (text: string) => {
    const file = readRuleFile(text);
    return file.ok ? [] : file.problems;
  };
  expect(problemsOf(`{ "allow": ${"[".repeat(200_000)}${"]".repeat(200_000)} }`)).toMatchObject([
    { problem: "It is nested too deeply to be read." },
  ]);
  expect(problemsOf(`{ "allow": [${'"shell(x)",'.repeat(10_001)}] }`)).toMatchObject([{ problem: "A list has at most 10,000 rules." }]);
  expect(problemsOf(`{ "allow": [${'"x",'.repeat(10_000)}] }`)).toHaveLength(100);
  const many = Array.from({ length: 10_000 }, (_, index) => `shell(command${index}:*)`);
  expect(shadowedInFile({ deny: [], allow: many, ask: [] })).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(10_000);
});
