import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { auditDetail, summarize } from "./describe-request.ts";

test("a summary is one bounded line in which nothing is hidden", () => {
  const summary = summarize({ tool: "shell", command: `echo a\n\u202eb\u001b[2J${"x".repeat(1_000)}`, cwd: "/" });
  expect(summary).toHaveLength(300);
  expect(summary).toMatch(/^echo a\\n\\u\{202e\}b\\e\[2J/);
});

test("a long command is in the log by its beginning, its length and its hash", () => {
  const command = `echo ${"x".repeat(100_000)}`;
  const detail = auditDetail({ tool: "shell", command, cwd: "/work" });
  expect(detail).toEqual({
    tool: "shell",
    command: command.slice(0, 16_384),
    commandLength: command.length,
    commandSha256: createHash("sha256").update(command).digest("hex"),
    cwd: "/work",
  });
});
