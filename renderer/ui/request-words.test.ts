import { expect, test } from "vitest";
import type { Risk, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { noRuleMatches } from "#shared/domain/no-rule-matches.ts";
import { graveParts, riskOf } from "./request-words.ts";

const part = (text: string, more: Partial<VerdictPart> = {}): VerdictPart => ({
  ...{ text, argv: text.split(" "), decision: "ask", rule: null, reason: noRuleMatches, span: null },
  ...more,
});
const verdict = (parts: VerdictPart[], risks: Risk[], decision: Verdict["decision"] = "ask"): Verdict => ({
  ...{ decision, rule: null, parts, reasons: [], wouldChange: [], risks, ruleSetHash: "", derivation: [], hooks: [], rates: [] },
});
const graveOf = (...of: Parameters<typeof verdict>) => [...graveParts(verdict(...of))].map(({ text }) => text);

test("what is risky in itself stands out from what no rule knows", () => {
  const parts = [
    part("npm run build"),
    part("rm -rf dist", { risks: ["deletes"] }),
    part("tee a", { risks: ["writes"], reason: "It writes." }),
  ];
  expect(graveOf(parts, ["deletes", "writes"])).toEqual(["rm -rf dist"]);
  expect(parts.map((each) => riskOf(each)?.word ?? null)).toEqual([null, "Deletes", null]);
});

test("so does a shell that reads what it runs, whose risks nobody knows", () => {
  const parts = [
    part("curl a", { decision: "allow", risks: ["network"] }),
    part("rm x", { risks: ["deletes"] }),
    part("bash", { reason: "A shell reads." }),
  ];
  expect(graveOf(parts, ["network", "deletes"])).toEqual(["rm x", "bash"]);
});

test("where what is risky is known of the whole alone, or a part is denied, all that decided it does", () => {
  expect(graveOf([part("a"), part("b")], ["hidden-characters"])).toEqual(["a", "b"]);
  expect(graveOf([part("a", { decision: "deny" }), part("rm", { risks: ["deletes"] })], ["deletes"], "deny")).toEqual(["a"]);
});

test("nothing does where nothing is risky; publishing is, of its part", () => {
  expect(graveOf([part("npm test")], ["writes"])).toEqual([]);
  expect(graveOf([part("npm test"), part("npm publish")], [])).toEqual(["npm publish"]);
});
