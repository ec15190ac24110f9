import * as z from "zod";
import type { LineAnswer } from "../request-line.ts";

/** One line for `gatehouse decide`, and what it must answer. */
export interface ExpectedLine {
  /** Where it stands, as `file:line`. */
  readonly at: string;
  readonly expected: Expected;
  /** The line as it would stand on standard input. */
  readonly text: string;
}

/** `not-allow`: denied or asked about; `not-deny`: allowed or asked about; `error`: refused as unreadable. */
export type Expected = "allow" | "ask" | "deny" | "not-allow" | "not-deny" | "error";

/** Whether the answer is what was expected. */
export function isAsExpected(answer: LineAnswer, expected: Expected): boolean {
  if ("error" in answer) return expected === "error";
  if (expected === "not-allow") return answer.verdict !== "allow";
  return expected === "not-deny" ? answer.verdict !== "deny" : answer.verdict === expected;
}

const Fields = z.record(z.string(), z.json());

/**
 * Reads a file of expectations. A line that begins with `@` holds for what follows (`@rules` as JSON, null for the default
 * rules, or `@programs` and
 * `@deny` as names and rules; `@cwd`), then each line reads `verdict command`; a command with characters that a line cannot
 * show is a JSON string behind `verdict: `, another tool's fields a JSON object.
 */
export function expectedLines(name: string, content: string): readonly ExpectedLine[] {
  const lines = content.split("\n");
  const found: ExpectedLine[] = [];
  let rules: z.infer<typeof Fields> | null = {};
  let cwd = "/";
  for (const [index, line] of lines.entries()) {
    const [word = ""] = line.split(" ");
    const rest = line.slice(word.length + 1);
    if (line === "" || word === "#") continue;
    if (word === "@cwd") cwd = rest;
    else if (word === "@rules") rules = Fields.nullable().parse(JSON.parse(rest));
    else if (word === "@programs") rules = { ...rules, allow: rest.split(" ").map((program) => `shell(${program}:*)`) };
    else if (word === "@deny") rules = { ...rules, deny: rest.split(/ (?=shell\()/) };
    else {
      const fields = rest.startsWith('{"') ? Fields.parse(JSON.parse(rest)) : { tool: "shell", command: commandOf(word, rest) };
      const at = `${name}:${index + 1}`;
      found.push({ at, expected: expectedOf(word), text: JSON.stringify({ id: at, rules, cwd, ...fields }) });
    }
  }
  return found;
}

function commandOf(word: string, rest: string): string {
  return word.endsWith(":") ? z.string().parse(JSON.parse(rest)) : rest;
}

function expectedOf(word: string): Expected {
  return z.enum(["allow", "ask", "deny", "not-allow", "not-deny", "error"]).parse(word.replace(/:$/, ""));
}
