import { expect, test } from "vitest";
import { linesOf, textsOf, withAdded, withSuggestion } from "./rule-texts.ts";

const rules = { deny: ["shell(rm:*)"], allow: ["shell(git:*)"], ask: [] };

test("what is added stands below, and empty lines at the end are not rules", () => {
  expect(linesOf("shell(a)\n\nshell(b)\n\n ")).toEqual(["shell(a)", "", "shell(b)"]);
  const texts = { ...textsOf(rules), allow: "shell(git:*)\n\n" };
  expect(withAdded(texts, { deny: [], allow: ["shell(npm test)"], ask: [] }).allow).toBe("shell(git:*)\nshell(npm test)");
});

test("a suggestion takes rules away and adds others, and leaves the rest as it was", () => {
  const none = { deny: [], allow: [], ask: [] };
  const wish = { decision: "allow" as const, adds: { ...none, allow: ["shell(rm x)"] }, removes: { ...none, deny: ["shell(rm:*)"] } };
  expect(withSuggestion(rules, wish)).toEqual({ deny: "", allow: "shell(git:*)\nshell(rm x)", ask: "" });
});
