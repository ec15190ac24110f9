import { assert, array, constantFrom, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision } from "#shared/contract/policy.ts";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { everydayRules, openRules } from "./corpus/rules.ts";
import { secondCorpus, secondDeny } from "./corpus/second.ts";
import { context, decideCommand, rulesOf } from "./corpus/try.ts";
import { decideShell } from "./decide-shell.ts";
import type { RuleSet } from "./rule-set.ts";
import { Tries } from "./rule-tries.ts";

const open = rulesOf(openRules);
const everyday = rulesOf(everydayRules);
const secondOpen = rulesOf({ allow: ["shell(*)"], deny: [...secondDeny] });

function decision(command: string, rules: RuleSet, maximumParts: number): Decision {
  const judged = decideShell({ tool: "shell", command, cwd: "/w" }, rules, { ...context, tries: new Tries(undefined) }, maximumParts);
  return judged.verdict.decision;
}

describe("beyond the limit of commands that are judged one by one", () => {
  const corpus = [...allowedCommands, ...askedCommands, ...deniedCommands, ...secondCorpus.denied].filter(
    (command) => !command.includes("<<"),
  );
  const pieces = array(tuple(constantFrom(...corpus), constantFrom("; ", "\n", " && ", " | ", " || ", " & ")), {
    minLength: 1,
    maxLength: 12,
  });

  test.each([
    ["everyday rules", everyday],
    ["everything allowed", open],
    ["the denies of the second corpus", secondOpen],
  ])("nothing that is denied without it is less, and what was not reached is not allowed: %s", (_, rules) => {
    assert(
      property(pieces, constantFrom(0, 1, 2, 5), (some, maximum) => {
        const command = some.flat().join("");
        const without = decision(command, rules, Number.POSITIVE_INFINITY);
        const within = decision(command, rules, maximum);
        if (without === "deny" || without === "ask") expect([command, within]).toEqual([command, without]);
        else expect(["allow", "ask"]).toContain(within);
        if (maximum === 0) expect(within).not.toBe("allow");
      }),
      { numRuns: 400, seed: 5 },
    );
  });

  const few = "ls file; ".repeat(30);
  const padding = Array.from({ length: 450 }, (_, index) => `ls file${index}`).join("; ");

  test("every command that is denied is denied behind more commands than are judged", () => {
    const missed = (commands: readonly string[], rules: RuleSet) =>
      commands.filter(
        (command) => decideCommand(command, rules).decision === "deny" && decision(`${few}\n${command}`, rules, 20) !== "deny",
      );
    expect(missed(deniedCommands, everyday)).toEqual([]);
    expect(missed(secondCorpus.denied, secondOpen)).toEqual([]);
  });

  test("the whole is asked about, and says how many commands were only searched", () => {
    const { decision: verdict, parts, reasons } = decideCommand(padding, open);
    expect(verdict).toBe("ask");
    expect(parts.length).toBe(401);
    expect(reasons).toEqual(["It holds 50 more commands than are judged one by one."]);
  });
});

test.each([
  ["rm -rf /", (index: number) => `rm -rf ./d${index};`, "rm -rf /;"],
  ["rm -rf /", (index: number) => `rm -f /tmp/d${index};`, "rm -r -f /;"],
  ["git push --force:*", (index: number) => `git push o b${index};`, "git push o b1 -f;"],
  ["git push --force:*", (index: number) => `git add "b${index}"; `, "git 'push' o +b1;"],
])("shell(%s): a denied command is denied in 64 KiB of others that begin alike, wherever it stands", (rule, padding, denied) => {
  const rules = rulesOf({ allow: ["shell(*)"], deny: [`shell(${rule})`] });
  const lines = Array.from({ length: 4_000 }, (_, index) => padding(index));
  for (const at of [0, 17, 2_150, 3_900, 3_999]) {
    const text = lines.with(at, denied).join(" ");
    expect(text.length).toBeGreaterThan(55_000);
    expect(decideCommand(text, rules).decision, `at ${at}`).toBe("deny");
  }
  expect(decideCommand(lines.join(" "), rules).decision).toBe("ask");
});

test("in a text of ordinary length a computed deny is found wherever it stands", () => {
  const rules = rulesOf({ allow: ["shell(echo:*)"], deny: ["shell(sudo:*)"] });
  for (const at of [0, 50, 93, 130, 200, 400]) {
    const steps = Array.from({ length: 400 }, (_, index) => `echo $v${index}`);
    steps.splice(at, 0, "a=sudo; $a x");
    expect([at, decideCommand(steps.join("; "), rules).decision]).toEqual([at, "deny"]);
  }
});

test("a word of thousands of computed pieces, and thousands of computed words, are judged in linear time", () => {
  for (const command of [
    `x=a; x=b; x=c; echo ${"$x ".repeat(10_000)}`,
    `x=a; echo ${"$x ".repeat(10_000)}`,
    `x=a; x=b; rm "${"$x".repeat(10_000)}"`,
  ]) {
    const begun = process.cpuUsage();
    decideCommand(command, open);
    const { user } = process.cpuUsage(begun);
    expect(user / 1_000).toBeLessThan(5_000);
  }
});
