import { parse } from "unbash";
import { expect, test } from "vitest";
import { allowedCommands } from "../corpus/allowed.ts";
import { askedCommands } from "../corpus/asked.ts";
import { deniedCommands } from "../corpus/denied.ts";
import { fourthCorpus } from "../corpus/fourth.ts";
import { rulesOf } from "../corpus/try.ts";
import type { ShellWord } from "../shell/shell-word.ts";
import { dequote } from "../shell/shell-word.ts";
import { Variables } from "../shell/variables.ts";
import { allows, NamedCommand, names } from "./match-words.ts";
import type { Rule } from "./rule-syntax.ts";
import { ShellRules } from "./shell-rules.ts";

/** Rules compared one by one, as if there were no index. */
function oneByOne(rules: readonly Rule[], words: readonly ShellWord[], name: string, cwd: string) {
  const command = new NamedCommand(words, name, cwd);
  const path = words[0]?.text ?? name;
  const found = rules.flatMap((rule) => {
    const { matcher } = rule;
    if (matcher.tool !== "shell" || matcher.commands.length > 1) return [];
    const isPrefix = matcher.kind === "prefix";
    const [first] = matcher.commands[0] ?? [];
    const isOpen = isPrefix && matcher.commands[0]?.length === 1;
    const speaks =
      first === undefined ||
      first.glob !== null ||
      [name, path].some((text) => text === first.text || (isOpen && text.startsWith(first.text)));
    if (!speaks) return [];
    const match = matcher.kind === "any" ? "yes" : names(matcher.commands[0] ?? [], isPrefix, command);
    const isAllowed = matcher.kind === "any" || allows(matcher.commands[0] ?? [], isPrefix, words);
    return [{ rule, match, isAllowed }];
  });
  const best = (some: readonly { readonly rule: Rule }[]) => some.reduce((most, { rule }) => Math.max(most, rule.matcher.specificity), -1);
  const denies = found.filter(({ rule, match }) => rule.list === "deny" && match !== "no");
  return {
    deny: denies.some(({ match }) => match === "yes") ? "yes" : denies.length > 0 ? `maybe ${best(denies)}` : "no",
    ask: best(found.filter(({ rule, match }) => rule.list === "ask" && match !== "no")),
    allow: best(found.filter(({ rule, isAllowed }) => rule.list === "allow" && isAllowed)),
  };
}

function byIndex(rules: ShellRules, words: readonly ShellWord[], name: string, cwd: string) {
  const deny = rules.denies(words, name, cwd);
  return {
    deny: deny === null ? "no" : deny.match === "yes" ? "yes" : `maybe ${deny.rule.matcher.specificity}`,
    ask: rules.asks(words, name, cwd)?.rule.matcher.specificity ?? -1,
    allow: rules.allows(words, () => true)?.matcher.specificity ?? -1,
  };
}

/** Many rules for few programs, in every form: options, operands, paths, patterns, exact ones. */
function manyRules(list: "deny" | "ask" | "allow"): string[] {
  const operands = [
    "/",
    "/etc",
    "/d1",
    "/tmp/x",
    "../x",
    "x",
    "src",
    "*.ts",
    "push",
    "push --force",
    "-rf /",
    "-rf /etc",
    "--force x",
    "a b",
    "run x",
    "-c x",
  ];
  const programs = ["rm", "git", "echo", "curl", "npm", "sh", "/bin/rm", "chmod", "find", "sudo", "docker"];
  return programs.flatMap((program, index) =>
    operands.flatMap((operand, place) =>
      (index * 7 + place * 3 + list.length) % 4 === 0 ? [] : [`shell(${program} ${operand}:*)`, `shell(${program} ${operand})`],
    ),
  );
}

test("the index names the rules that a comparison one by one names", () => {
  const written = {
    deny: [...manyRules("deny"), "shell(mk:*)", "shell(r* x:*)"],
    ask: [...manyRules("ask"), "shell(cu:*)"],
    allow: manyRules("allow"),
  };
  const { rules } = rulesOf(written);
  const index = new ShellRules(rules);
  const texts = [
    ...allowedCommands,
    ...askedCommands,
    ...deniedCommands,
    ...fourthCorpus().map(({ text }) => String(JSON.parse(text).command)),
  ];
  let compared = 0;
  const others: string[] = [];
  for (const text of texts.filter((_, index) => index % 3 === 0)) {
    for (const { command } of parse(text).commands) {
      if (command.type !== "Command" || command.name === undefined) continue;
      const variables = new Variables({ HOME: ["/home/agent"] });
      const words = [command.name, ...command.args].flatMap((word) => (word.type === "Word" ? [dequote(word, variables)] : []));
      const name = (words[0]?.text ?? "").replace(/^.*\//, "");
      for (const cwd of ["/w", "/"]) {
        const [expected, found] = [oneByOne(rules, words, name, cwd), byIndex(index, words, name, cwd)];
        compared += 1;
        if (JSON.stringify(expected) !== JSON.stringify(found))
          others.push(`${text} in ${cwd}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
      }
    }
  }
  expect(others).toEqual([]);
  expect(compared).toBeGreaterThan(900);
});
