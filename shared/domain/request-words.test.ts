import { describe, expect, test } from "vitest";
import type { Risk, ToolRequest, Verdict, VerdictPart } from "#shared/contract/policy.ts";
import { effectsInWords, questionFor, summaryOf } from "./request-words.ts";
import { riskiestFirst, risksByWeight, riskWeight } from "./risk-order.ts";

const part = (argv: readonly (string | null)[]): VerdictPart => ({
  text: argv.join(" "),
  argv: [...argv],
  decision: "ask",
  rule: null,
  reason: "No rule matches it.",
  span: null,
});

const verdict = (more: Partial<Verdict> = {}): Verdict => ({
  decision: "ask",
  rule: null,
  parts: [],
  reasons: ["No rule matches it."],
  wouldChange: [],
  risks: [],
  ruleSetHash: "",
  derivation: [],
  hooks: [],
  rates: [],
  ...more,
});

const shell: ToolRequest = { tool: "shell", command: "x", cwd: "/w" };

describe("the question names the effect", () => {
  test.each([
    [["npm", "publish"], "Publish to a public registry?"],
    [["/usr/bin/cargo", "publish"], "Publish to a public registry?"],
    [["twine", "upload", "dist/*"], "Publish to a public registry?"],
    [["git", "push", "origin"], "Push commits to another repository?"],
    [["npm", "run", "x"], "Run a command that no rule knows?"],
    [[null, "publish"], "Run a command that no rule knows?"],
  ])("%j: %s", (argv, question) => {
    expect(questionFor(shell, verdict({ parts: [part(argv)] }))).toBe(question);
  });

  test("the gravest risk decides it", () => {
    expect(questionFor(shell, verdict({ risks: ["network", "deletes", "writes"] }))).toBe("Delete files?");
    expect(questionFor(shell, verdict({ risks: ["hidden-characters", "deletes"] }))).toBe("Run a command with hidden characters?");
  });

  test("what is fetched and run at once is told from what is only fetched", () => {
    const piped = (...words: (string | null)[]) =>
      questionFor(shell, verdict({ risks: ["network"], parts: [part(["curl", "x"]), part(words)] }));
    expect(piped("/bin/bash", "-s")).toBe("Run a script that comes from the network?");
    for (const other of [["bash", "known.sh"], ["cat"], ["bash", null]]) expect(piped(...other)).toBe("Talk to the network?");
  });

  test("in a line, that it publishes comes first", () => {
    expect(effectsInWords(verdict({ risks: ["network", "deletes"], parts: [part(["npm", "publish"])] }))).toBe(
      "publishes, deletes, network",
    );
    expect(effectsInWords(verdict({ risks: [] }))).toBe("");
  });

  test("of other tools too", () => {
    expect(
      questionFor({ tool: "filesystem", action: "write", path: "../x", cwd: "/w" }, verdict({ risks: ["outside-worktree", "writes"] })),
    ).toBe("Change a file outside the worktree?");
    const inside = (path: string) =>
      questionFor({ tool: "filesystem", action: "write", path, cwd: "/w/t" }, verdict({ risks: ["writes"] }));
    expect(inside("/w/t/src/a.ts")).toBe("Change src/a.ts?");
    for (const path of ["/w/other", "/w/t/", "/w/t/../x", `/w/t/${"x".repeat(61)}`]) expect(inside(path)).toBe("Change a file?");
    expect(inside("/w/t/a\u202eb")).toBe("Change a\\u{202e}b?");
    expect(questionFor({ tool: "egress", host: "a\u202eb", port: 443, method: null, path: null }, verdict())).toBe(
      "Connect to a\\u{202e}b?",
    );
    expect(questionFor({ tool: "secret", name: "npm", host: "x.y" }, verdict())).toBe("Use the secret npm at x.y?");
    expect(questionFor({ tool: "unknown", kind: "k", title: "t" }, verdict())).toContain("does not know");
  });
});

test("a summary is the whole request in one line, with nothing hidden", () => {
  const command = `echo ${"a".repeat(5_000)}\nrm\t-rf \u001b[2Kx`;
  const summary = summaryOf({ tool: "shell", command, cwd: "/w" });
  expect(summary).toBe(`echo ${"a".repeat(5_000)}\\nrm\\t-rf \\e[2Kx`);
  expect(summaryOf({ tool: "egress", host: "x.y", port: 8080, method: "GET", path: "/a" })).toBe("GET x.y:8080/a");
  expect(summaryOf({ tool: "filesystem", action: "delete", path: "a", cwd: "/w" })).toBe("delete a");
  expect(summaryOf({ tool: "mcp", server: "s", name: "n", input: "{}" })).toBe("s.n {}");
});

describe("the order of the inbox", () => {
  const request = (id: string, createdAt: number, risks: readonly Risk[]) => ({ id, createdAt, verdict: { risks } });

  test("a graver risk outweighs any number of lighter ones", () => {
    for (const [index, risk] of risksByWeight.entries())
      expect(riskWeight([risk])).toBeGreaterThan(riskWeight(risksByWeight.slice(index + 1)));
  });

  test("riskiest first, then the oldest, and always the same", () => {
    const requests = [
      request("d", 4, []),
      request("c", 3, []),
      request("b", 2, ["writes", "network"]),
      request("a", 9, ["unparsable"]),
      request("e", 3, []),
    ];
    expect(requests.toSorted(riskiestFirst).map(({ id }) => id)).toEqual(["a", "b", "c", "e", "d"]);
    expect(
      requests
        .toReversed()
        .toSorted(riskiestFirst)
        .map(({ id }) => id),
    ).toEqual(["a", "b", "c", "e", "d"]);
  });
});
