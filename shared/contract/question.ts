import * as z from "zod";

const named = {
  /** As the agent gets it back. */
  name: z.string().min(1).max(100),
  title: z.string().max(200),
  description: z.string().max(1_000),
  isRequired: z.boolean(),
};
const choice = z.object({ value: z.string().max(500), title: z.string().max(200), description: z.string().max(500) });

/** One field of a form that an agent wants filled in. All words are the agent's: hostile. */
export const QuestionField = z.discriminatedUnion("kind", [
  z.object({
    ...named,
    kind: z.literal("text"),
    format: z.enum(["email", "uri", "date", "date-time"]).nullable(),
    minLength: z.int().min(0),
    maxLength: z.int().min(1).max(20_000),
    default: z.string().max(20_000),
    /** By its words it asks for a password or a key. */
    isSecretLike: z.boolean(),
  }),
  z.object({
    ...named,
    kind: z.literal("number"),
    isInteger: z.boolean(),
    minimum: z.number().nullable(),
    maximum: z.number().nullable(),
    default: z.number().nullable(),
  }),
  z.object({ ...named, kind: z.literal("yes-no"), default: z.boolean() }),
  z.object({ ...named, kind: z.literal("choice"), choices: z.array(choice).min(1).max(100), default: z.string().nullable() }),
  z.object({
    ...named,
    kind: z.literal("choices"),
    choices: z.array(choice).min(1).max(100),
    minimum: z.int().min(0),
    maximum: z.int().min(0),
    default: z.array(z.string().max(500)).max(100),
  }),
]);
export type QuestionField = z.infer<typeof QuestionField>;

/** A form of an agent, small enough to be read. */
export const QuestionForm = z.object({ message: z.string().max(4_000), fields: z.array(QuestionField).max(20) });
export type QuestionForm = z.infer<typeof QuestionForm>;

export const QuestionValue = z.union([z.string().max(20_000), z.number(), z.boolean(), z.array(z.string().max(500)).max(100)]);
export type QuestionValue = z.infer<typeof QuestionValue>;

/** What a person does with it. `decline`: no answer to this; `cancel`: leave it. */
export const QuestionAnswer = z.discriminatedUnion("action", [
  z.object({
    action: z.literal("accept"),
    values: z.record(z.string().max(100), QuestionValue).refine((all) => Object.keys(all).length <= 20),
  }),
  z.object({ action: z.literal("decline") }),
  z.object({ action: z.literal("cancel") }),
]);
export type QuestionAnswer = z.infer<typeof QuestionAnswer>;

/** How a question of an agent stands, in its row of the timeline. */
export const questionFields = {
  form: QuestionForm,
  status: z.enum(["waiting", "answered", "declined", "cancelled", "expired", "withdrawn"]),
  /** What was answered, a line a field; without the fields that look like secrets. */
  answer: z.string().nullable(),
};
