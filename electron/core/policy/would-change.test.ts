import { expect, test } from "vitest";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { fourthCorpus } from "./corpus/fourth.ts";
import { thirdCorpus } from "./corpus/third.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";
import { defaultRules } from "./default-rules.ts";

const ruleSets = [
  defaultRules,
  { deny: [], allow: ["shell(git:*)", "shell(npm test)", "shell(cat:*)"], ask: ["shell(sudo:*)"] },
  { deny: [], allow: [], ask: [] },
];
const lines = [...thirdCorpus(), ...fourthCorpus()].flatMap(({ text }) => {
  const { command } = JSON.parse(text);
  return typeof command === "string" ? [command] : [];
});
const commands = [...new Set([...allowedCommands, ...askedCommands, ...lines, ...pairs([...allowedCommands, ...askedCommands])])];

/** Commands in a row, of which each needs what it needs. */
function pairs(single: readonly string[]): readonly string[] {
  return single.flatMap((command, index) => {
    const other = single[(index * 7 + 3) % single.length] ?? "ls";
    return /[\n#]|<</.test(command + other) ? [] : [`${command} && ${other}`];
  });
}

/** The rules that a sentence names. */
function rulesIn(sentence: string): readonly string[] {
  const list = /^(?:A rule|The rules) (.*?)(?: together)? would allow/s.exec(sentence)?.[1] ?? "";
  return list === "" ? [] : list.split(/(?<=\)),? (?:and )?(?=shell\()/);
}

test.each(ruleSets)("the rules that are said to allow a command do, and those said to allow a part leave it asked about: %j", (lists) => {
  const rules = rulesOf(lists);
  const others: string[] = [];
  const counts = { whole: 0, part: 0, several: 0 };
  for (const command of commands) {
    const verdict = decideCommand(command, rules);
    if (verdict.decision !== "ask") continue;
    for (const sentence of verdict.wouldChange) {
      const named = rulesIn(sentence);
      if (named.length === 0 || / more like them/.test(sentence)) continue;
      const isWhole = sentence.endsWith("would allow it.");
      counts[isWhole ? "whole" : "part"] += 1;
      if (isWhole && named.length > 1) counts.several += 1;
      const then = decideCommand(command, rulesOf({ ...lists, allow: [...lists.allow, ...named] }));
      if (then.decision !== (isWhole ? "allow" : "ask"))
        others.push(`${command}: ${sentence} It is ${then.decision}: ${then.reasons[0] ?? ""}`);
      const without = decideCommand(command, rulesOf({ ...lists, allow: [...lists.allow, ...named.slice(1)] }));
      if (isWhole && named.length === 1 && without.decision === "allow") others.push(`${command}: ${sentence} It is not needed.`);
    }
    if (verdict.wouldChange.some((sentence) => sentence.startsWith("No rule can"))) {
      const exact = decideCommand(command, rulesOf({ ...lists, allow: [...lists.allow, "shell(*)"] }));
      if (exact.decision === "allow") others.push(`${command}: no rule can, but shell(*) does.`);
    }
  }
  expect(others).toEqual([]);
  expect(counts.whole).toBeGreaterThan(300);
  expect(counts.part).toBeGreaterThan(20);
  expect(counts.several).toBeGreaterThan(50);
});
