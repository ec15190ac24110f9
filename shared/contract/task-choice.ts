import * as z from "zod";

/** What an option is about, where that is known: the model that answers, or how long it thinks. */
export const OptionRole = z.enum(["model", "effort"]);
export type OptionRole = z.infer<typeof OptionRole>;

/** One choice of an agent's session that a task begins with. `option`: a role, or the id of an option that has none. */
export const TaskChoice = z.object({ option: z.string().min(1).max(200), value: z.string().min(1).max(500) });
export type TaskChoice = z.infer<typeof TaskChoice>;

/** At most one for each option. */
export const TaskChoices = z
  .array(TaskChoice)
  .max(10)
  .refine((choices) => new Set(choices.map(({ option }) => option)).size === choices.length, "An option is chosen twice.");
