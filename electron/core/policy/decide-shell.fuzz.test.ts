import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, assert, constantFrom, array, property, string, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import type { Decision } from "#shared/contract/policy.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { fragments, mutated, numbers } from "./corpus/mutate.ts";
import { everydayRules, openRules } from "./corpus/rules.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";
import { defaultRuleSet } from "./rule-set.ts";

const everyday = rulesOf(everydayRules);
const open = rulesOf(openRules);
const ruleSets = [everyday, open, defaultRuleSet()];
const corpus = [...allowedCommands, ...askedCommands, ...deniedCommands];
const rank: Readonly<Record<Decision, number>> = { allow: 0, ask: 1, deny: 2 };

/** Any text, and soups of what a shell minds. */
const anyCommand = constantFrom("soup", "text").chain((kind) =>
  kind === "text"
    ? string({ unit: "binary", maxLength: 200 })
    : array(constantFrom(...fragments, ...corpus), { maxLength: 12 }).map((pieces) => pieces.join("")),
);

describe("whatever the text", () => {
  test("there is a verdict, and it is that of its most restricted part", () => {
    assert(
      property(anyCommand, (command) => {
        for (const rules of ruleSets) {
          const { decision, parts, reasons } = decideCommand(command, rules);
          expect(parts.length).toBeGreaterThan(0);
          expect(reasons.length).toBeGreaterThan(0);
          expect(rank[decision]).toBe(Math.max(...parts.map((part) => rank[part.decision])));
        }
      }),
      { numRuns: 1_500, seed: 1 },
    );
  });

  test("the same request gives the same verdict", () => {
    assert(
      property(anyCommand, (command) => {
        expect(decideCommand(command, everyday)).toEqual(decideCommand(command, everyday));
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  test("spans point at the text they are given with", () => {
    assert(
      property(constantFrom(...corpus), (command) => {
        for (const { span } of decideCommand(command, everyday).parts) {
          if (span === null) continue;
          expect(span[0]).toBeLessThanOrEqual(span[1]);
          expect(span[1]).toBeLessThanOrEqual(command.length);
        }
      }),
      { numRuns: 400, seed: 3 },
    );
  });
});

describe("joining commands never loosens a verdict", () => {
  const readable = corpus.filter((command) => !/[\n#]/.test(command) && !decideCommand(command, everyday).risks.includes("unparsable"));
  const joints = ["; ", " && ", " || ", " | ", "\n", " & "];
  test("of two commands, however joined, the stricter verdict holds", () => {
    const result = check(
      property(tuple(constantFrom(...readable), constantFrom(...readable), constantFrom(...joints)), ([a, b, joint]) => {
        const both = decideCommand(a + joint + b, everyday).decision;
        return rank[both] >= Math.max(rank[decideCommand(a, everyday).decision], rank[decideCommand(b, everyday).decision]);
      }),
      { numRuns: 3_000, seed: 4 },
    );
    expect(result.counterexample).toBeNull();
  });
});

test("what bash refuses to read is never allowed, and what it reads is read here", () => {
  const mutants = [7, 101, 2_024, 65_537].flatMap((seed) => {
    const next = numbers(seed);
    return Array.from({ length: 600 }, () => mutated([...corpus, ...bashRefuses], next));
  });
  const commands = [...corpus, ...mutants].filter((command) => !command.includes("\0"));
  const accepted = acceptedByBash(commands);
  const looser = commands.filter((command, index) => accepted[index] === false && decideCommand(command, open).decision === "allow");
  const read = commands.filter((_, index) => accepted[index] === true);
  const unreadable = read.filter((command) => decideCommand(command, open).risks.includes("unparsable"));
  expect(looser).toEqual([]);
  expect(allowedCommands.filter((command) => unreadable.includes(command))).toEqual([]);
  expect(read.length).toBeGreaterThan(700);
  expect(unreadable.length / read.length).toBeLessThan(0.05);
}, 120_000);

/** Forms that the parser reads and bash does not. */
const bashRefuses = [
  "for i in a$[ b; do ls; done",
  "select i in $[; do ls; done",
  "case $[ in x) ls;; esac",
  "case x in $[) ls;; esac",
  "cat <<$[\nx\n$[\n",
  "f$[() { ls; }",
  "function f$[ { ls; }",
  "coproc $[ { ls; }",
  "ls ${x:-$[}",
  "ls ${x:-<(}",
  'ls "${x:-<(}"',
  "for ?((i=0;i<1;i++)); do ls; done",
  "for x?((i;;)); do ls; done",
  "for i in @(a|b); do ls; done",
  "ls <2>&1",
  "ls < 2>&1",
  "ls <3<f",
  "ls <2>/dev/null",
  "{ ls; } <2>&1",
];

test("forms that bash refuses and the parser reads are not allowed", () => {
  expect(acceptedByBash(bashRefuses).filter((isAccepted) => isAccepted)).toEqual([]);
  expect(bashRefuses.filter((command) => decideCommand(command, open).decision === "allow")).toEqual([]);
});

/** `bash -n` on each command: read, not run. One bash for all, so that it takes seconds. */
function acceptedByBash(commands: readonly string[]): readonly boolean[] {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "in"));
  for (const [index, command] of commands.entries()) writeFileSync(join(folder, "in", String(index)), command);
  const script =
    'cd "$1"; for ((n = 0; n < $2; n++)); do if bash --noprofile --norc -n "in/$n" 2>/dev/null; then echo 1; else echo 0; fi; done';
  const { stdout } = spawnSync("bash", ["--noprofile", "--norc", "-c", script, "bash", folder, String(commands.length)], {
    encoding: "utf8",
    timeout: 120_000,
  });
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line === "1");
}
