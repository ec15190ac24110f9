import * as z from "zod";

/** One thing that the scripted model does next. A tool step becomes a call of whatever tool the agent offers for it. */
export const Step = z.union([
  z.strictObject({ run: z.string() }),
  z.strictObject({ write: z.string(), content: z.string() }),
  z.strictObject({ edit: z.string(), from: z.string(), to: z.string() }),
  z.strictObject({ read: z.string() }),
  /** Looks for files by name. */
  z.strictObject({ find: z.string() }),
  /** Looks for text in files. */
  z.strictObject({ grep: z.string() }),
  /** A tool by its own name, with its own input. */
  z.strictObject({ call: z.string(), input: z.record(z.string(), z.json()) }),
  z.strictObject({ say: z.string() }),
  /** Thoughts, as the provider shows them, and then words. */
  z.strictObject({ think: z.string(), say: z.string() }),
  /** Text in pieces, so that a turn lasts. */
  z.strictObject({ drip: z.int(), everyMs: z.int() }),
  /** An answer of the provider that is an error; `message` and `type` as providers word it. */
  z.strictObject({ fail: z.int(), type: z.string(), message: z.string(), retryAfter: z.int().optional() }),
  /** No answer at all: the connection stays open and silent. */
  z.strictObject({ hang: z.literal(true) }),
  /** The connection breaks before the answer. */
  z.strictObject({ reset: z.literal(true) }),
]);
export type Step = z.infer<typeof Step>;

/** What a conversation holds, as far as a script needs it: what the user said, and that a tool answered. */
export type Turn = { readonly kind: "said"; readonly text: string } | { readonly kind: "tool-answered" } | { readonly kind: "other" };

/** A prompt that carries a script. Nested scripts (for a sub-agent) stand inside a string of the outer one. */
export function scripted(words: string, steps: readonly Step[]): string {
  return `${words}\n\n\`\`\`script\n${JSON.stringify(steps)}\n\`\`\`\n`;
}

/**
 * The step that is next: of the last script that the user sent, as many as tools have answered since
 * are over. The model remembers nothing between requests. Null where no script was sent.
 */
export function nextStep(turns: readonly Turn[]): Step | null {
  let steps: readonly Step[] | null = null;
  let done = 0;
  for (const turn of turns) {
    if (turn.kind === "said") {
      const found = scriptIn(turn.text);
      if (found === null) continue;
      steps = found;
      done = 0;
    } else if (turn.kind === "tool-answered") done += 1;
  }
  if (steps === null) return null;
  return steps[done] ?? { say: "That was all." };
}

function scriptIn(text: string): readonly Step[] | null {
  const found = [...text.matchAll(/^```script\n(.+)\n```$/gmu)].at(-1)?.[1];
  if (found === undefined) return null;
  return z.array(Step).parse(JSON.parse(found));
}
