import { expect, test } from "vitest";
import { parseRule } from "../../../electron/core/policy/rules/rule-syntax.ts";
import { noteOf, ruleExamples } from "./rule-words.ts";
import { indexUse } from "./use-index.ts";

test.each(ruleExamples.map(({ text }) => text))("the example %s can be read by the engine", (text) => {
  expect(parseRule(text)).toMatchObject({ ok: true });
});

const rule = { text: "shell(git:*)", list: "allow", layer: "workspace" } as const;

test("a rule is said to be shadowed, used or unused; the same words in another list are another rule", () => {
  const use = { considered: 40, rules: [{ rule, decided: 3, lastAt: 1_000 }], shadowed: [] };
  expect(noteOf(rule, indexUse(use), 61_000)).toEqual({ kind: "used", words: "3 calls, 1 min ago" });
  expect(noteOf({ ...rule, list: "ask" }, indexUse(use), 61_000)).toBeNull();
  expect(noteOf(rule, indexUse({ ...use, rules: [{ rule, decided: 0, lastAt: null }] }), 0)).toMatchObject({ kind: "unused" });
  const floor = { ...rule, list: "deny", layer: "floor" } as const;
  expect(noteOf(floor, indexUse({ ...use, rules: [{ rule: floor, decided: 0, lastAt: null }] }), 0)).toBeNull();
  const shadowed = [{ rule, by: rule, why: "It says nothing that shell(*) does not say." }];
  expect(noteOf(rule, indexUse({ ...use, shadowed }), 0)).toEqual({
    kind: "shadowed",
    words: "It says nothing that shell(*) does not say.",
    by: rule,
  });
});
