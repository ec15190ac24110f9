import { readFile } from "node:fs/promises";
import { readRuleFile } from "../../core/policy/rule-file.ts";
import { type Command, usageExitCode } from "../command.ts";

const help = `
Usage: gatehouse rules check FILE [--json]

Checks a rule file (gatehouse.rules.jsonc): every rule must be readable, and every example in it
must match or not match as it says. Rules that never decide are noted.

  {
    // Comments and trailing commas are fine.
    "allow": ["shell(git:*)",
              {"rule": "shell(npm run:*)",
               "examples": {"match": ["npm run build"], "noMatch": ["npm run-script x", "npm publish"]}}],
    "deny":  ["shell(git push --force:*)"],
    "ask":   ["shell(git push:*)"]
  }

A rule is tool(matcher): shell(git:*) by first words, shell(git status) exactly, shell(*) all;
filesystem(write:src/**), egress(api.example.com:443), mcp(server.tool), websearch(*),
knowledge(*), secret(name@host), git(hand-over:branch). Conditions follow it:
shell(npm publish:*) when window(mon-fri 09:00-18:00 Europe/Berlin) paths(packages/**).

Options:
  --json    print one JSON object: {"ok", "rules", "examples", "problems": [{"line", "column", "problem"}],
            "shadowed": [{"list", "rule", "by", "why"}]}

Exit codes:
  0    the file is good
  1    the file has problems; each is printed as FILE:line:column: problem
  2    the file cannot be read
  64   the words were not understood
`;

export const rules: Command = { summary: "check a rule file and its examples", help, run };

async function run(words: readonly string[]): Promise<number> {
  const [verb, file, ...rest] = words.filter((word) => word !== "--json");
  if (verb !== "check" || file === undefined || rest.length > 0) {
    process.stderr.write("gatehouse rules: write 'gatehouse rules check FILE'; see --help.\n");
    return usageExitCode;
  }
  return await check(file, words.includes("--json"));
}

async function check(file: string, isJson: boolean): Promise<number> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    process.stderr.write(`gatehouse rules: ${file} cannot be read: ${why}\n`);
    return 2;
  }
  const result = readRuleFile(text);
  if (isJson) {
    const count = result.ok ? result.rules.allow.length + result.rules.deny.length + result.rules.ask.length : null;
    const report = {
      ok: result.ok,
      rules: count,
      examples: result.ok ? result.examples : null,
      problems: result.ok ? [] : result.problems,
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else if (result.ok) {
    const { deny, allow, ask } = result.rules;
    process.stdout.write(
      `${file}: good. ${deny.length} deny, ${allow.length} allow, ${ask.length} ask; ${result.examples} examples hold.\n`,
    );
  } else for (const { line, column, problem } of result.problems) process.stdout.write(`${file}:${line}:${column}: ${problem}\n`);
  return result.ok ? 0 : 1;
}
