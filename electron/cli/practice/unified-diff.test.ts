import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { FileDiff } from "#shared/contract/task.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { unifiedDiff } from "./unified-diff.ts";

function file(before: string, after: string): FileDiff {
  return {
    path: "a.txt",
    previousPath: null,
    change: "modified",
    added: 0,
    removed: 0,
    content: { kind: "text", before, after },
    sensitive: null,
  };
}

test("git applies what it prints, and gets the other side", () => {
  const folder = temporaryFolder();
  const line = fc.constantFrom("a", "b", "c", "  d", "e e");
  const text = fc.array(line, { maxLength: 40 }).map((lines) => lines.map((one) => `${one}\n`).join(""));
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== "" && after !== "" && before !== after);
      writeFileSync(join(folder, "a.txt"), before);
      writeFileSync(join(folder, "patch"), `${unifiedDiff(file(before, after))}\n`);
      execFileSync("git", ["apply", "--unidiff-zero", "patch"], { cwd: folder });
      expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe(after);
    }),
    { numRuns: 40 },
  );
});

test("what a terminal would act on is written out", () => {
  const diff = unifiedDiff({ ...file("one\n", "\u001b]0;title\u0007\n"), path: "a\u202e.txt" });
  expect(diff).toContain("+\\e]0;title\\a");
  expect(diff).toContain("+++ b/a\\u{202e}.txt");
  expect(diff).not.toContain("\u001b");
});

test("two sides with too many changes are shown whole", () => {
  const lines = (word: string) => Array.from({ length: 5_000 }, (_, index) => `${word} ${index}\n`).join("");
  const diff = unifiedDiff(file(lines("old"), lines("new"))).split("\n");
  expect(diff.filter((line) => line.startsWith("-old"))).toHaveLength(5_000);
  expect(diff.filter((line) => line.startsWith("+new"))).toHaveLength(5_000);
});

test("a file that is not shown says why", () => {
  const diff = unifiedDiff({ ...file("", ""), content: { kind: "not-shown", why: "binary", detail: "12 bytes" } });
  expect(diff).toContain("(binary: 12 bytes)");
});
