import { expect, test } from "vitest";
import { hostileTools } from "./corpus/hostile-tools.ts";
import { sixthCorpus } from "./corpus/sixth.ts";
import { resolvePath, withHome } from "./paths.ts";
import { canonicalHost } from "./rules/egress-matcher.ts";
import { parseRule } from "./rules/rule-syntax.ts";
import { decideRequest, rulesOf } from "./corpus/try.ts";
import { narrowestRule } from "../rules/propose-rule.ts";
import { ToolRequest } from "#shared/contract/policy.ts";
import * as z from "zod";

const Line = z.looseObject({
  tool: z.string(),
  rules: z
    .object({ allow: z.array(z.string()).default([]), deny: z.array(z.string()).default([]), ask: z.array(z.string()).default([]) })
    .nullish(),
});

/** Requests of the corpora that are no commands, each with the rules it stands beside. */
const cases = [...hostileTools(), ...sixthCorpus()].flatMap(({ expected, text }) => {
  if (expected === "error") return [];
  const line = Line.safeParse(JSON.parse(text.replaceAll("/repo", "/w"))).data;
  if (line === undefined || line.tool === "shell" || line.rules === undefined || line.rules === null) return [];
  const filled = {
    cwd: "/w",
    port: 443,
    method: null,
    path: null,
    host: null,
    action: line.tool === "git" ? "hand-over" : "read",
    input: "",
    query: "",
    ...line,
  };
  const request = ToolRequest.safeParse(filled).data;
  const isElsewhere = request !== undefined && "cwd" in request && request.cwd !== "/w";
  return request === undefined || request.tool === "unknown" || isElsewhere ? [] : [{ request, lists: line.rules }];
});

test("there are many of them", () => expect(cases.length).toBeGreaterThan(300));

test("a rule that is said to allow a request allows it, and one that is said to decide it does", () => {
  let tried = 0;
  const others: string[] = [];
  for (const { request, lists } of cases) {
    const verdict = decideRequest(request, rulesOf(lists));
    if (verdict.decision !== "ask") continue;
    for (const sentence of verdict.wouldChange) {
      const rule = /^A rule such as (.*) would (?:allow|decide) it\.$/s.exec(sentence)?.[1];
      if (rule === undefined) continue;
      tried += 1;
      const then = decideRequest(request, rulesOf({ ...lists, allow: [...lists.allow, rule] })).decision;
      if (then !== "allow") others.push(`${JSON.stringify(request)} ${JSON.stringify(lists)} ${sentence} It is ${then}.`);
    }
    const isFinal = verdict.wouldChange.some((sentence) => sentence.startsWith("No rule can"));
    const own = narrowestRule({ request, verdict });
    if (
      isFinal &&
      own !== null &&
      parseRule(own).ok &&
      decideRequest(request, rulesOf({ ...lists, allow: [...lists.allow, own] })).decision === "allow"
    )
      others.push(`${JSON.stringify(request)}: no rule can, but ${own} does.`);
  }
  expect(others).toEqual([]);
  expect(tried).toBeGreaterThan(100);
});

test("a rule proposed for a request that is asked about allows no other one, and nothing that a deny names", () => {
  let tried = 0;
  const others: string[] = [];
  // Many cases ask for the same, or are proposed the same: what one rule says of one request is looked at once.
  const distinct = [...new Map(cases.map(({ request }) => [JSON.stringify(request), request])).values()];
  const looked = new Set<string>();
  for (const { request, lists } of cases) {
    const verdict = decideRequest(request, rulesOf(lists));
    const rule = narrowestRule({ request, verdict });
    if (verdict.decision === "allow" || rule === null || !parseRule(rule).ok) continue;
    tried += 1;
    const only = rulesOf({ allow: [rule] });
    if (verdict.decision === "deny" && decideRequest(request, rulesOf({ ...lists, allow: [...lists.allow, rule] })).decision !== "deny")
      others.push(`${rule} lifts a deny of ${JSON.stringify(request)}`);
    if (looked.has(`${rule} ${keyOf(request)}`)) continue;
    looked.add(`${rule} ${keyOf(request)}`);
    // That no rule speaks of another tool is tried on the first of them.
    for (const other of looked.size <= 40 ? distinct : distinct.filter(({ tool }) => tool === request.tool)) {
      if (decideRequest(other, only).decision === "allow" && !isSame(request, other))
        others.push(`${rule} also allows ${JSON.stringify(other)}`);
    }
  }
  expect([...new Set(others)]).toEqual([]);
  expect(tried).toBeGreaterThan(100);
});

/** The same place, host or name, however it is written. */
function isSame(a: ToolRequest, b: ToolRequest): boolean {
  return a.tool === b.tool && keyOf(a) === keyOf(b);
}

function keyOf(request: ToolRequest): string {
  switch (request.tool) {
    case "filesystem":
      return `${request.action} ${resolvePath(withHome(request.path, "/home/agent"), request.cwd)}`;
    case "egress":
      return `${canonicalHost(request.host)}:${request.port}`;
    case "secret":
      return `${request.name}@${canonicalHost(request.host ?? "")}`;
    case "mcp":
      return `${request.server}.${request.name}`;
    case "git":
      return request.branch;
    case "websearch":
    case "knowledge":
      return request.query;
    default:
      return JSON.stringify(request);
  }
}
