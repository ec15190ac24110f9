import { stripVTControlCharacters } from "node:util";
import type { Task } from "#shared/contract/task.ts";
import type { TerminalSummary } from "#shared/contract/terminal.ts";
import type { TaskBench } from "./task-bench.ts";

/** The own terminal interface of a task's agent, once it is there. */
export async function interfaceOf({ client }: TaskBench, { id }: Pick<Task, "id">): Promise<TerminalSummary> {
  for await (const { terminals } of await client.terminals.watch({ taskId: id })) {
    const found = terminals.find((one) => one.kind === "interface");
    if (found !== undefined) return found;
  }
  throw new Error("No terminal came.");
}

/** Looks at a terminal until it shows the words, whatever blanks stand between them. */
export async function untilShown({ client }: TaskBench, { id }: TerminalSummary, words: string): Promise<void> {
  let seen = "";
  try {
    for await (const frame of await client.terminals.attach({ id }, { signal: AbortSignal.timeout(120_000) })) {
      if (frame.kind === "snapshot") seen = frame.data;
      if (frame.kind === "data") seen += frame.data;
      if (blankless(stripVTControlCharacters(seen)).includes(blankless(words))) return;
    }
  } catch (error) {
    throw new Error(`It never showed ${words}: ${JSON.stringify(seen.slice(-3_000))}`, { cause: error });
  }
}

function blankless(text: string): string {
  return text.replaceAll(/\s/gu, "");
}
