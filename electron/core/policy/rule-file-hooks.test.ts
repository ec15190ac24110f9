import { expect, test } from "vitest";
import { maximumHooks } from "#shared/contract/hook.ts";
import { readRuleFile } from "./rule-file.ts";

const good = '{ "on": "tool_pre", "name": "guard", "match": "shell(npm publish:*)", "command": ["/opt/guard"] }';

function problemsOf(...hooks: readonly string[]): readonly string[] {
  const read = readRuleFile(`{\n  "hooks": [\n${hooks.map((hook) => `    ${hook}`).join(",\n")}\n  ]\n}`);
  return read.ok ? [] : read.problems.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
}

test("hooks are read with what they leave out", () => {
  const read = readRuleFile(
    `{ "hooks": [${good}, { "on": "tool_post", "name": "tell", "match": "shell(*)", "effect": { "do": "notify" } }] }`,
  );
  expect(read).toMatchObject({
    ok: true,
    hooks: [
      { name: "guard", timeoutMs: 5_000 },
      { name: "tell", effect: { do: "notify" } },
    ],
  });
});

test.each<[string, string, RegExp]>([
  ["no hook at all", '"guard"', /^3:5 This hook cannot be read/],
  ["another moment", good.replace("tool_pre", "tool_during"), /^3:13 This hook cannot be read: on/],
  ["a name with a space", good.replace('"guard"', '"my guard"'), /^3:33 This hook cannot be read: name: a name of small letters/],
  ["a match that is no rule", good.replace("shell(npm publish:*)", "shell(npm"), /^3:61 '\)' is missing/],
  ["a match of an unknown tool", good.replace("shell(npm publish:*)", "shel(npm)"), /^3:52 There is no tool 'shel'/],
  ["a match with a rate", good.replace("shell(npm publish:*)", "shell(npm:*) when rate(3/hour)"), /^3:\d+ A hook has no rate/],
  ["no program", good.replace('["/opt/guard"]', "[]"), /^3:\d+ This hook cannot be read: command/],
  ["a line for a shell", good.replace('["/opt/guard"]', '"/opt/guard --strict"'), /^3:\d+ This hook cannot be read: command/],
  ["a word with NUL", good.replace("/opt/guard", "/opt/\\u0000"), /^3:\d+ This hook cannot be read: command\.0: a word without NUL/],
  ["a time that is too long", good.replace(" }", ', "timeoutMs": 600000 }'), /^3:\d+ This hook cannot be read: timeoutMs/],
  ["a key that nobody knows", good.replace(" }", ', "onFailure": "allow" }'), /^3:\d+ There is no "onFailure"/],
  [
    "an effect before the call",
    good.replace('"command": ["/opt/guard"]', '"effect": { "do": "log" }'),
    /^3:\d+ This hook cannot be read: command/,
  ],
  [
    "an effect that nobody knows",
    '{ "on": "tool_post", "name": "a", "match": "shell(*)", "effect": { "do": "allow" } }',
    /^3:\d+ This hook cannot be read: effect/,
  ],
  [
    "a program that would never run",
    '{ "on": "tool_post", "name": "a", "match": "shell(*)", "effect": { "do": "log", "command": ["/opt/tell"] } }',
    /^3:\d+ There is no "command"/,
  ],
])("%s refuses the file, with its place", (_what, hook, problem) => {
  expect(problemsOf(hook)).toEqual([expect.stringMatching(problem)]);
});

test("two hooks of one name, and more hooks than there may be, refuse the file", () => {
  expect(problemsOf(good, good)).toEqual(["4:5 There are two hooks named guard."]);
  const many = Array.from({ length: maximumHooks + 1 }, (_, at) => good.replace("guard", `guard-${at}`));
  expect(problemsOf(...many)).toEqual([`${maximumHooks + 3}:5 A file has at most ${maximumHooks} hooks.`]);
});

test("hooks that are no list refuse the file, and so does one bad hook beside good rules", () => {
  expect(readRuleFile('{ "hooks": {} }')).toMatchObject({ ok: false, problems: [{ line: 1, column: 12 }] });
  const read = readRuleFile(`{ "deny": ["shell(rm:*)"], "hooks": [${good.replace("tool_pre", "")}] }`);
  expect(read.ok).toBe(false);
});
