import { LineDecider } from "../../core/policy/request-line.ts";
import { type Command, usageExitCode } from "../command.ts";
import { linesOf } from "../lines.ts";
import { realPath } from "../real-path.ts";

const help = `
Usage: gatehouse decide < REQUESTS.jsonl

Decides tool calls with the engine of the app; runs nothing. Reads one JSON object a line from
standard input and writes one a line to standard output, in order, as they come.

A line:
  {"id": 1, "tool": "shell", "command": "git status", "cwd": "/repo",
   "rules": {"allow": ["shell(git:*)"], "deny": [], "ask": []}}

  tool       shell: "command"; filesystem: "path", "action" (read, write, delete, list, search or move;
             left out: the strictest of the first four); egress: "host", "port", "method", "path"; websearch and
             knowledge: "query"; secret: "name", "host"; git: "branch"; mcp: "server", "name".
             Any other tool is asked about.
  rules      left out: the default rules. The built-in denies always hold.
  cwd        left out: /workspace. "worktree" (left out: the cwd) and "home" may be given too. Where the
             worktree is a folder of this machine, links in it are followed.

The answer:
  {"id": 1, "verdict": "allow", "rule": "shell(git:*)", "parts": [...], "reasons": [...], "risks": []}

  rule       the text of the rule that decided, or null
  parts      every simple command with its verdict, rule and reason

A line that cannot be read is answered with {"id", "error"}.

Exit codes:
  0    every line was read, whatever the verdicts
  1    a line could not be read
  64   the words were not understood
`;

export const decideCommand: Command = { summary: "decide tool calls from JSON lines with the rules", help, run };

async function run(words: readonly string[]): Promise<number> {
  if (words.length > 0) {
    process.stderr.write(
      `gatehouse decide: it takes no words, but got '${words[0] ?? ""}'. Requests come on standard input; see --help.\n`,
    );
    return usageExitCode;
  }
  return await decideLines(process.stdin, process.stdout);
}

/** Answers every line of `input` on `output`; 1 when one could not be read. */
export async function decideLines(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<number> {
  const decider = new LineDecider({ realPath, now: Date.now(), here: process.cwd() });
  let exitCode = 0;
  for await (const line of linesOf(input)) {
    if (line.text?.trim() === "") continue;
    const unread = line.text === null ? { json: JSON.stringify({ id: null, error: line.problem }), isRead: false } : null;
    const { json, isRead } = unread ?? decider.answerTo(line.text ?? "");
    if (!isRead) exitCode = 1;
    if (!output.write(`${json}\n`)) await drained(output);
  }
  return exitCode;
}

async function drained(output: NodeJS.WritableStream): Promise<void> {
  await new Promise<void>((resolvePromise, reject) => {
    const settle = (error?: Error) => {
      output.off("drain", settle);
      output.off("error", settle);
      if (error === undefined) resolvePromise();
      else reject(error);
    };
    output.once("drain", settle);
    output.once("error", settle);
  });
}
