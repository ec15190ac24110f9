import { createReadStream } from "node:fs";
import { readImport } from "../../core/policy/import-rules.ts";
import { readRuleFile, shadowedInFile } from "../../core/policy/rule-file.ts";
import { type Command, usageExitCode } from "../command.ts";

const help = `
Usage: gatehouse rules check FILE [--json]
       gatehouse rules import FILE

check: checks a rule file (gatehouse.rules.jsonc): every rule must be readable, and every example in it
must match or not match as it says. Rules that never decide are noted.

  {
    // Comments and trailing commas are fine.
    "allow": ["shell(git:*)",
              {"rule": "shell(npm run:*)",
               "examples": {"match": ["npm run build"], "noMatch": ["npm run-script x", "npm publish"]}}],
    "deny":  ["shell(git push --force:*)"],
    "ask":   ["shell(git push:*)"],
    "hooks": [{"on": "tool_pre", "name": "guard", "match": "shell(npm publish:*)", "command": ["/opt/guard", "--strict"]}]
  }

A rule is tool(matcher): shell(git:*) by first words, shell(git status) exactly, shell(*) all;
filesystem(write:src/**), egress(api.example.com:443), mcp(server.tool), websearch(*),
knowledge(*), secret(name@host), git(hand-over:branch). Conditions follow it:
shell(npm publish:*) when window(mon-fri 09:00-18:00 Europe/Berlin) paths(packages/**).
A hook is only read here, never run: whether its program is there is not looked at.

import: writes the permissions of a Claude Code settings.json, or lists of tool(matcher) rules in
other JSON, as a rule file on standard output; what has no counterpart is named on standard error.

Options:
  --json    print one JSON object: {"ok", "rules", "hooks", "examples", "problems": [{"line", "column", "problem"}],
            "shadowed": [{"list", "rule", "by", "why"}]}

Exit codes:
  0    the file is good
  1    the file has problems, each printed as FILE:line:column: problem; or an import left something out or says what it means here
  2    the file cannot be read
  64   the words were not understood
`;

export const rules: Command = { summary: "check a rule file and its examples, or import another tool's", help, run };

async function run(words: readonly string[]): Promise<number> {
  const [verb, file, ...rest] = words.filter((word) => word !== "--json");
  const isKnown = verb === "check" || verb === "import";
  if (!isKnown || file === undefined || rest.length > 0) {
    process.stderr.write("gatehouse rules: write 'gatehouse rules check FILE' or 'gatehouse rules import FILE'; see --help.\n");
    return usageExitCode;
  }
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    process.stderr.write(`gatehouse rules: ${file} cannot be read: ${why}\n`);
    return 2;
  }
  return verb === "check" ? check(file, text, words.includes("--json")) : importFile(file, text);
}

/** Larger files are no rule files; bytes. */
const maximumFile = 8 * 1_048_576;

async function readText(file: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of createReadStream(file)) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maximumFile) throw new Error("it is larger than 8 MiB");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function importFile(file: string, text: string): number {
  const { problems, rules: taken, left } = readImport(text);
  for (const { line, column, problem } of problems) process.stderr.write(`${file}:${line}:${column}: ${problem}\n`);
  if (problems.length > 0) return 2;
  for (const { what, why, isTaken } of left) process.stderr.write(`${file}: ${isTaken ? "note" : "left out"}: ${what}: ${why}\n`);
  process.stdout.write(`${JSON.stringify(taken, null, 2)}\n`);
  return left.length > 0 ? 1 : 0;
}

function check(file: string, text: string, isJson: boolean): number {
  const result = readRuleFile(text);
  if (isJson) {
    const count = result.ok ? result.rules.allow.length + result.rules.deny.length + result.rules.ask.length : null;
    const report = {
      ok: result.ok,
      rules: count,
      hooks: result.ok ? result.hooks.length : null,
      examples: result.ok ? result.examples : null,
      problems: result.ok ? [] : result.problems,
      shadowed: result.ok
        ? shadowedInFile(result.rules).map(({ rule, by, why }) => ({ list: rule.list, rule: rule.text, by: by.text, why }))
        : [],
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else if (result.ok) {
    const { deny, allow, ask } = result.rules;
    const hooks = result.hooks.length === 0 ? "" : `, ${result.hooks.length} ${result.hooks.length === 1 ? "hook" : "hooks"}`;
    const counts = `${deny.length} deny, ${allow.length} allow, ${ask.length} ask${hooks}`;
    process.stdout.write(`${file}: good. ${counts}; ${result.examples} examples hold.\n`);
    for (const { rule, why } of shadowedInFile(result.rules)) process.stdout.write(`${file}: note: ${rule.list} ${rule.text}: ${why}\n`);
  } else for (const { line, column, problem } of result.problems) process.stdout.write(`${file}:${line}:${column}: ${problem}\n`);
  return result.ok ? 0 : 1;
}
