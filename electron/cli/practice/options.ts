import { parseArgs } from "node:util";
import * as z from "zod";
import type { Answer } from "#shared/contract/permission.ts";
import { Settings } from "#shared/contract/settings.ts";

export interface PracticeOptions {
  /** Kept afterwards; null for a temporary folder. */
  readonly dataFolder: string | null;
  readonly keepsData: boolean;
  readonly sandbox: Settings["sandbox"];
  readonly isUnsafe: boolean;
  readonly baseImage: string | null;
  /** Given in order; then the terminal is asked. */
  readonly answers: readonly Answer[];
  readonly promptExpirySeconds: number;
  readonly isJson: boolean;
  readonly setsUp: boolean;
  readonly isYes: boolean;
}

const answerWords: Readonly<Record<string, Answer>> = {
  allow: "allow-once",
  "allow-once": "allow-once",
  run: "allow-run",
  "allow-run": "allow-run",
  deny: "deny",
};

const Values = z.object({
  data: z.string().min(1).optional(),
  keep: z.boolean(),
  sandbox: Settings.shape.sandbox,
  "unsafe-local": z.boolean(),
  "base-image": Settings.shape.baseImage.unwrap().optional(),
  answers: z.string().optional(),
  expiry: z.coerce.number().pipe(Settings.shape.promptExpirySeconds),
  json: z.boolean(),
  setup: z.boolean(),
  yes: z.boolean(),
});

/** The options, or what is wrong with them, in words. */
export function readPracticeOptions(words: readonly string[]): PracticeOptions | { readonly problem: string } {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        data: { type: "string" },
        keep: { type: "boolean", default: false },
        sandbox: { type: "string", default: "best" },
        "unsafe-local": { type: "boolean", default: false },
        "base-image": { type: "string" },
        answers: { type: "string" },
        expiry: { type: "string", default: "600" },
        json: { type: "boolean", default: false },
        setup: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
      },
    });
    const parsed = Values.safeParse(values);
    if (!parsed.success) return { problem: z.prettifyError(parsed.error).replaceAll("\n", " ") };
    const { data } = parsed;
    const answers = readAnswers(data.answers);
    if (typeof answers === "string") return { problem: answers };
    return {
      dataFolder: data.data ?? null,
      keepsData: data.keep || data.data !== undefined,
      sandbox: data.sandbox,
      isUnsafe: data["unsafe-local"],
      baseImage: data["base-image"] ?? null,
      answers,
      promptExpirySeconds: data.expiry,
      isJson: data.json,
      setsUp: data.setup,
      isYes: data.yes,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function readAnswers(list: string | undefined): readonly Answer[] | string {
  if (list === undefined || list.trim() === "") return [];
  const answers: Answer[] = [];
  for (const word of list.split(",")) {
    const answer = answerWords[word.trim()];
    if (answer === undefined) return `'${word.trim()}' is no answer; use allow, run or deny.`;
    answers.push(answer);
  }
  return answers;
}
