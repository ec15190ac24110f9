import { expect, test } from "vitest";
import { importRules } from "./import-rules.ts";

test("permissions of Claude Code become rules; what has no counterpart is named", () => {
  expect(
    importRules({
      permissions: {
        allow: [
          "Bash(npm run test:*)",
          "Bash(git status)",
          "Bash(ls *)",
          "Read",
          "Read(~/notes/**)",
          "Edit(/docs/**)",
          "WebFetch(domain:example.com)",
          "WebSearch",
          "mcp__github__get_issue",
          "mcp__github",
        ],
        deny: ["Read(./.env)", "Read(//etc/**)", "Bash(curl:*)", "Task(x)"],
        ask: ["Bash(git push:*)", "Bash(ls > x)"],
        defaultMode: "acceptEdits",
      },
      model: "x",
    }),
  ).toEqual({
    rules: {
      allow: [
        "shell(npm run test:*)",
        "shell(git status)",
        "shell(ls *)",
        "filesystem(read:*)",
        "filesystem(read:~/notes/**)",
        "filesystem(write:docs/**)",
        "egress(example.com)",
        "websearch(*)",
        "mcp(github.get_issue)",
        "mcp(github.*)",
      ],
      deny: ["filesystem(read:.env)", "filesystem(read:/etc/**)", "shell(curl:*)"],
      ask: ["shell(git push:*)"],
    },
    left: [
      { list: "deny", rule: "Task(x)", why: "There is no tool 'Task' here." },
      { list: "ask", rule: "Bash(ls > x)", why: expect.stringContaining("plain commands") },
    ],
  });
});

test.each([[{ allow: ["shell(git:*)"] }], [{ rules: { allow: ["shell(git:*)"] } }], [{ permissions: { allow: ["shell(git:*)"] } }]])(
  "lists of rules are found in %j",
  (json) => {
    expect(importRules(json)).toEqual({ rules: { allow: ["shell(git:*)"], deny: [], ask: [] }, left: [] });
  },
);

test.each([[null], [[]], ["x"], [{ allow: "shell(*)" }], [{ permissions: { allow: [1] } }]])("%j holds no rules", (json) => {
  expect(importRules(json)).toBeNull();
});
