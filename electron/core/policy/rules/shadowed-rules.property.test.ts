import fc from "fast-check";
import { expect, test } from "vitest";
import type { RuleList, ToolRequest } from "#shared/contract/policy.ts";
import { decideRequest, rulesOf } from "../corpus/try.ts";
import { shadowedRules } from "./shadowed-rules.ts";

/** By tool: bodies of rules that overlap in many ways, and requests that they may name. */
const tools: readonly { readonly bodies: readonly string[]; readonly requests: readonly ToolRequest[] }[] = [
  {
    bodies: [
      "*",
      "git:*",
      "git push:*",
      "git push origin:*",
      "git push --force:*",
      "git push",
      "git status",
      "git -c a=b log",
      "git -c a=b:*",
    ]
      .concat(
        [
          "bash:*",
          "bash -c 'git push'",
          "sudo:*",
          "sudo git:*",
          "npm:*",
          "npm run:*",
          "npm run build",
          "rm:*",
          "rm -rf:*",
          "env:*",
          "find:*",
        ],
        ["find . -exec:*", "make:*", "make deploy", "ls:*", "lsof:*", "tee:*", "tee out"],
      )
      .map((body) => `shell(${body})`),
    requests: [
      "git push",
      "git push origin main",
      "git push -f",
      "/usr/bin/git push",
      "git -C /x push",
      "git status",
      "git -c a=b log",
      "git log",
    ]
      .concat([
        "bash -c 'git push'",
        "bash x.sh",
        "sudo git push",
        "sudo rm -rf x",
        "npm run build",
        "npm run x",
        "npm publish",
        "rm -r -f x",
        "rm x",
      ])
      .concat([
        "env A=b git push",
        "find . -exec rm {} ;",
        "find . -name x",
        "make deploy",
        "make -C x deploy",
        "ls",
        "lsof",
        "git push > /etc/x",
      ])
      .concat(["git status && git push", "tee out", "tee /etc/x", "GIT_DIR=x git status", "rmdir x", "git push $X"])
      .map((command) => ({ tool: "shell", command, cwd: "/w" })),
  },
  {
    bodies: [
      "*",
      "read:*",
      "write:*",
      "write:src/**",
      "src/**",
      "write:.github/**",
      "write:**/ci.yml",
      "write:/etc/**",
      "/etc/**",
      "write:~/**",
    ]
      .concat(["delete:/w", "write:src/*.ts", "write:src/a.ts", "**/*.ts", "read:src/**", "write:**/.github/**"])
      .map((body) => `filesystem(${body})`),
    requests: (["read", "write", "delete", "list"] as const).flatMap((action) =>
      ["src/a.ts", "SRC/a.ts", "src", ".github/workflows/ci.yml", "/etc/passwd", "~/x", "/w", "lib/b.ts", "src/.git/config", "../x.ts"].map(
        (path): ToolRequest => ({ tool: "filesystem", action, path, cwd: "/w" }),
      ),
    ),
  },
  {
    bodies: [
      "*",
      "a.com",
      "*.a.com",
      "x.a.com",
      "x.a.com:443",
      "GET x.a.com",
      "x.a.com/v1/*",
      "127.0.0.1",
      "*.internal",
      "db.internal",
      "localhost",
    ].map((body) => `egress(${body})`),
    requests: ["a.com", "x.a.com", "X.A.com.", "127.0.0.1", "2130706433", "db.internal", "localhost", "b.org"].flatMap((host) =>
      [null, "/v1/x", "/o/r/git-receive-pack"].map(
        (path): ToolRequest => ({ tool: "egress", host, port: 443, method: path === null ? null : "POST", path }),
      ),
    ),
  },
  {
    bodies: ["*", "a.*", "a.x", "a.x*", "b", "*.x"].map((body) => `mcp(${body})`),
    requests: [
      ["a", "x"],
      ["A", "X"],
      ["a", "xy"],
      ["b", "x"],
      ["b", "z"],
      ["a", "x\u200b"],
    ].map(([server = "", name = ""]): ToolRequest => ({ tool: "mcp", server, name, input: "" })),
  },
];

const sets = fc.constantFrom(...tools).chain(({ bodies, requests }) => {
  const list = fc.array(fc.constantFrom(...bodies), { maxLength: 4 });
  return fc.record({
    rules: fc.record({ deny: fc.array(fc.constantFrom(...bodies), { maxLength: 2 }), allow: list, ask: list }),
    requests: fc.constant(requests),
  });
});

test("a rule that is called shadowed changes no verdict when it is left out", () => {
  let found = 0;
  fc.assert(
    fc.property(sets, ({ rules, requests }) => {
      const set = rulesOf(rules);
      for (const { rule, by } of shadowedRules(set.rules)) {
        if (rule.layer === "floor") continue;
        found += 1;
        const without = rulesOf(leftOut(rules, rule.list, rule.text));
        const others = requests.filter((request) => decideRequest(request, set).decision !== decideRequest(request, without).decision);
        expect([rule.list, rule.text, by.list, by.text, others]).toEqual([rule.list, rule.text, by.list, by.text, []]);
      }
    }),
    { numRuns: 1_000 },
  );
  expect(found).toBeGreaterThan(100);
}, 60_000);

/** The last of them: where the same text stands twice, the first may be the one that decides. */
function leftOut(rules: RuleList, list: keyof RuleList, text: string): RuleList {
  const at = rules[list].lastIndexOf(text);
  return { ...rules, [list]: rules[list].filter((_, index) => index !== at) };
}
