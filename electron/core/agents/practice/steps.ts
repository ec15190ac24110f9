import { asJson, type Fields, fields, type Json, number, text } from "./wire.ts";

/**
 * What a prompt can make the practice agent do instead of its own plan. The prompt holds a fenced
 * block of the language `steps` with a JSON array; each member is one of these, told apart by its
 * first key. Relative paths belong to the worktree.
 *
 *     ```steps
 *     [{"say": "Looking."}, {"run": "node --test"}, {"write": "a.txt", "content": "hi\n"}]
 *     ```
 */
export type Step =
  /** A message or a thought. With `pieces` it comes in that many chunks. */
  | { readonly do: "say" | "think"; readonly text: string; readonly pieces: number }
  /** `{"plan": ["Look", "Mend"], "done": 1}`: the first `done` entries are completed, the next one is in progress. */
  | { readonly do: "plan"; readonly entries: readonly string[]; readonly done: number }
  /** A command through the client's terminal. `args`, `env`, `cwd` as ACP has them; `background` does not wait for its end. */
  | {
      readonly do: "run";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string | null;
      readonly background: boolean;
    }
  /** A file through the client. With `times` its content so many times over. */
  | { readonly do: "read"; readonly path: string }
  | { readonly do: "write"; readonly path: string; readonly content: string }
  /** Asked for with `session/request_permission`, then removed by the agent itself. */
  | { readonly do: "delete"; readonly path: string }
  /** A command that the agent runs itself after asking; `options` are the kinds that it offers. */
  | { readonly do: "ask"; readonly command: string; readonly options: readonly string[] }
  /** A tool of an MCP server that it was handed, asked for and then called by the agent itself. */
  | { readonly do: "mcp"; readonly server: string; readonly tool: string; readonly input: Json }
  /** A command that the agent runs itself without asking. */
  | { readonly do: "unasked"; readonly command: string }
  /** Steps at the same time. */
  | { readonly do: "together"; readonly steps: readonly Step[] }
  /** Claims to be in another mode. */
  | { readonly do: "mode"; readonly modeId: string }
  | { readonly do: "sleep"; readonly ms: number }
  /** Ends the process, with these last words on standard error. */
  | { readonly do: "exit"; readonly code: number; readonly words: string }
  /** A line that is no message. */
  | { readonly do: "garbage"; readonly line: string }
  /** Bytes to standard output (as one line), standard error, or as a message in pieces of 1 KiB. */
  | { readonly do: "flood"; readonly bytes: number; readonly to: "stdout" | "stderr" | "message" }
  /** Any `session/update`, and any request of the client. */
  | { readonly do: "update"; readonly update: Json }
  | { readonly do: "request"; readonly method: string; readonly params: Fields }
  /** Asks the person to fill in a form (`elicitation/create`), and says what came back. */
  | { readonly do: "form"; readonly params: Fields }
  /** Shows the person a picture: its base64. */
  | { readonly do: "show"; readonly data: string; readonly type: string }
  /** From here on `session/cancel` is not heeded. */
  | { readonly do: "deaf" }
  /** How the turn ends: a stop reason of ACP. */
  | { readonly do: "stop"; readonly reason: string };

/** The steps of a prompt; null where it holds none. Throws with words for the person where they cannot be read. */
export function stepsOf(prompt: string): readonly Step[] | null {
  const block = /^```steps[ \t]*\r?\n([\s\S]*?)^```[ \t]*$/mu.exec(prompt);
  if (block === null) return null;
  let list: unknown;
  try {
    list = JSON.parse(block[1] ?? "");
  } catch (error) {
    throw new Error(`The steps are not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  if (!Array.isArray(list)) throw new Error("The steps are not a JSON array.");
  return list.map((member, index) => {
    const step = readStep(fields(member));
    if (step === null) throw new Error(`Step ${index + 1} is not one that the practice agent knows: ${JSON.stringify(member)}`);
    return step;
  });
}

function readStep(step: Fields): Step | null {
  const word = Object.keys(step)[0] ?? "";
  const value = step[word];
  const words = text(value);
  switch (word) {
    case "say":
    case "think":
      return words === null ? null : { do: word, text: words, pieces: number(step["pieces"]) ?? 1 };
    case "plan":
      return { do: word, entries: strings(value), done: number(step["done"]) ?? 0 };
    case "run":
      return words === null
        ? null
        : {
            do: word,
            command: words,
            args: strings(step["args"]),
            env: Object.fromEntries(
              Object.entries(fields(step["env"])).flatMap(([name, held]) => (typeof held === "string" ? [[name, held]] : [])),
            ),
            cwd: text(step["cwd"]),
            background: step["background"] === true,
          };
    case "read":
    case "delete":
      return words === null ? null : { do: word, path: words };
    case "write":
      return words === null
        ? null
        : { do: word, path: words, content: (text(step["content"]) ?? "").repeat(Math.max(1, number(step["times"]) ?? 1)) };
    case "ask":
      return words === null
        ? null
        : { do: word, command: words, options: "options" in step ? strings(step["options"]) : ["allow_once", "reject_once"] };
    case "mcp":
      return words === null ? null : { do: word, server: words, tool: text(step["tool"]) ?? "", input: asJson(step["input"] ?? {}) };
    case "unasked":
      return words === null ? null : { do: word, command: words };
    case "together":
      return readTogether(value);
    case "mode":
      return words === null ? null : { do: word, modeId: words };
    case "sleep":
      return { do: word, ms: number(value) ?? 0 };
    case "exit":
      return { do: word, code: number(value) ?? 0, words: text(step["words"]) ?? "" };
    case "garbage":
      return words === null ? null : { do: word, line: words };
    case "flood": {
      const to = step["to"];
      return { do: word, bytes: number(value) ?? 0, to: to === "stderr" || to === "message" ? to : "stdout" };
    }
    case "update":
      return { do: word, update: asJson(value) };
    case "request":
      return words === null ? null : { do: word, method: words, params: fields(step["params"]) };
    case "form":
      return { do: word, params: fields(value) };
    case "show":
      return words === null ? null : { do: word, data: words, type: text(step["type"]) ?? "image/png" };
    case "deaf":
      return { do: word };
    case "stop":
      return words === null ? null : { do: word, reason: words };
    default:
      return null;
  }
}

function readTogether(value: unknown): Step | null {
  if (!Array.isArray(value)) return null;
  const steps = value.map((member) => readStep(fields(member)));
  const known = steps.filter((step) => step !== null);
  return known.length === steps.length ? { do: "together", steps: known } : null;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === "string") : [];
}
