import type { SessionCommand, SessionOption } from "#shared/contract/task.ts";
import * as z from "zod";
import { oneLine } from "./hostile-text.ts";

const maximumOptions = 30;
const maximumChoices = 200;
const maximumCommands = 200;

const Choice = z.object({ value: z.string().max(500), name: z.string(), description: z.string().nullish().catch(null) });
const Group = z.object({ options: z.array(Choice) });
const Option = z.object({
  id: z.string().min(1).max(200),
  name: z.string().nullish().catch(null),
  description: z.string().nullish().catch(null),
  category: z.string().nullish().catch(null),
  currentValue: z.string().max(500),
  options: z.array(z.union([Choice, Group])).max(1_000),
});

/** The choices of a session that a person may change: all but its mode, which is pinned. What cannot be read is left out. */
export function offeredOptions(options: readonly unknown[]): SessionOption[] {
  return options.slice(0, maximumOptions).flatMap((raw) => {
    const parsed = Option.safeParse(raw);
    if (!parsed.success || parsed.data.category === "mode") return [];
    const { id, name, description, currentValue: value, options: listed } = parsed.data;
    const choices = listed.flatMap((entry) => ("value" in entry ? [entry] : entry.options)).slice(0, maximumChoices);
    return [
      {
        id,
        role: roleOf(id, parsed.data.category),
        name: oneLine(name ?? id, 80),
        description: words(description),
        value,
        choices: choices.map(shown),
      },
    ];
  });
}

/** As ACP names the categories; some agents leave them out. */
function roleOf(id: string, category: string | null | undefined): SessionOption["role"] {
  if (category === "model" || id === "model") return "model";
  return category === "thought_level" || ["effort", "reasoning_effort", "thought_level"].includes(id) ? "effort" : null;
}

const Command = z.object({
  name: z.string().regex(/^[\w:./-]{1,100}$/u),
  description: z.string().nullish().catch(null),
  input: z.object({ hint: z.string() }).nullish().catch(null),
});

export function offeredCommands(commands: readonly unknown[]): SessionCommand[] {
  return commands.slice(0, maximumCommands).flatMap((raw) => {
    const parsed = Command.safeParse(raw);
    if (!parsed.success) return [];
    const { name, description, input } = parsed.data;
    return [{ name, description: oneLine(description ?? "", 300), hint: words(input?.hint) }];
  });
}

function shown({ value, name, description }: z.infer<typeof Choice>): SessionOption["choices"][number] {
  return { value, name: oneLine(name, 80), description: words(description) };
}

function words(text: string | null | undefined): string | null {
  return text === null || text === undefined || text === "" ? null : oneLine(text, 300);
}
