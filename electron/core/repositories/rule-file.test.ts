import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { readBaseRuleFile } from "./rule-file.ts";

test("the rule file is the base branch's, whatever lies in the work tree or on another branch", async () => {
  const folder = temporaryFolder();
  const git = (...argv: readonly string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=P", "-c", "user.email=p@p", ...argv], { stdio: "pipe" });
  const write = (text: string) => writeFileSync(join(folder, "gatehouse.rules.jsonc"), text);
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "first");
  write("{}");
  expect(await readBaseRuleFile(folder, "main")).toBeNull();
  git("add", ".");
  git("commit", "-q", "-m", "rules");
  git("checkout", "-q", "-b", "agent");
  write('{ "allow": ["shell(*)"] }');
  git("commit", "-qam", "loosen");
  expect(await readBaseRuleFile(folder, "main")).toBe("{}");
  expect(await readBaseRuleFile(folder, null)).toContain("shell(*)");
  expect(await readBaseRuleFile(folder, "gone")).toBeNull();
});
