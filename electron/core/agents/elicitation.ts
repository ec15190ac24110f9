import type { QuestionAnswer, QuestionField, QuestionForm } from "#shared/contract/question.ts";
import { QuestionForm as Form } from "#shared/contract/question.ts";
import * as z from "zod";
import { oneLine } from "./hostile-text.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";

const words = z.string().nullish().catch(null);
const titled = { title: words, description: words };
const count = z.int().min(0).nullish().catch(null);
const limit = z.number().nullish().catch(null);
const Option = z.object({ const: z.string(), title: z.string(), description: words });

/** The property schemas of ACP's elicitation that Gatehouse shows; another kind refuses the form. `pattern` is an agent's program and is not run. */
const Property = z.discriminatedUnion("type", [
  z.object({
    ...titled,
    type: z.literal("string"),
    format: z.enum(["email", "uri", "date", "date-time"]).nullish().catch(null),
    minLength: count,
    maxLength: count,
    default: z.string().nullish().catch(null),
    enum: z.array(z.string()).nullish(),
    oneOf: z.array(Option).nullish(),
  }),
  z.object({ ...titled, type: z.literal("number"), minimum: limit, maximum: limit, default: limit }),
  z.object({ ...titled, type: z.literal("integer"), minimum: limit, maximum: limit, default: limit }),
  z.object({ ...titled, type: z.literal("boolean"), default: z.boolean().nullish().catch(null) }),
  z.object({
    ...titled,
    type: z.literal("array"),
    minItems: count,
    maxItems: count,
    items: z.union([z.object({ enum: z.array(z.string()) }), z.object({ anyOf: z.array(Option) })]),
    default: z.array(z.string()).nullish().catch(null),
  }),
]);
type Property = z.infer<typeof Property>;

/** `elicitation/create` of ACP 1, in the mode `form` and of a session. */
export const ElicitationAsked = z.object({
  sessionId: z.string(),
  /** The call that it is for. */
  toolCallId: z.string().max(1_000).nullish().catch(null),
  mode: z.string(),
  message: z.string(),
  requestedSchema: z
    .object({ properties: z.record(z.string(), z.unknown()).nullish(), required: z.array(z.string()).nullish().catch(null) })
    .optional(),
});
export type ElicitationAsked = z.infer<typeof ElicitationAsked>;

/** By which words a field is taken to ask for a secret. */
const secretWords =
  /password|passphrase|passwd|\bpass\b|secret|token|api[\s_-]*key|private[\s_-]*key|credential|\bpin\b|one[\s_-]*time|otp|mfa/iu;

/** The form in our words; null where it is none that can be shown whole. */
export function formOf(asked: ElicitationAsked): QuestionForm | null {
  const properties = Object.entries(asked.requestedSchema?.properties ?? {});
  const required = new Set(asked.requestedSchema?.required ?? []);
  const fields: QuestionField[] = [];
  for (const [name, raw] of properties) {
    const property = Property.safeParse(raw);
    if (!property.success) return null;
    fields.push(fieldOf(name, property.data, required.has(name)));
  }
  const form = Form.safeParse({ message: escapeControls(asked.message.trim(), { keepLines: true }), fields });
  return form.success ? form.data : null;
}

/** The answer as ACP has it. */
export function elicitationAnswer(answer: QuestionAnswer) {
  return answer.action === "accept" ? { action: "accept" as const, content: answer.values } : { action: answer.action };
}

function fieldOf(name: string, property: Property, isRequired: boolean): QuestionField {
  const title = oneLine(property.title ?? name, 200);
  const description = oneLine(property.description ?? "", 1_000);
  const shared = { name, title, description, isRequired };
  switch (property.type) {
    case "string": {
      const choices = property.oneOf ?? property.enum?.map((value) => ({ const: value, title: value, description: null })) ?? null;
      if (choices !== null) return { ...shared, kind: "choice", choices: choices.map(choiceOf), default: property.default ?? null };
      return {
        ...shared,
        kind: "text",
        format: property.format ?? null,
        minLength: property.minLength ?? 0,
        maxLength: Math.min(20_000, Math.max(1, property.maxLength ?? 20_000)),
        default: property.default ?? "",
        isSecretLike: secretWords.test(`${name} ${title} ${description}`),
      };
    }
    case "number":
    case "integer":
      return {
        ...shared,
        kind: "number",
        isInteger: property.type === "integer",
        minimum: property.minimum ?? null,
        maximum: property.maximum ?? null,
        default: property.default ?? null,
      };
    case "boolean":
      return { ...shared, kind: "yes-no", default: property.default ?? false };
    case "array": {
      const listed =
        "anyOf" in property.items
          ? property.items.anyOf
          : property.items.enum.map((value) => ({ const: value, title: value, description: null }));
      const choices = listed.map(choiceOf);
      const maximum = property.maxItems ?? choices.length;
      return { ...shared, kind: "choices", choices, minimum: property.minItems ?? 0, maximum, default: property.default ?? [] };
    }
    default:
      return assertNever(property);
  }
}

function choiceOf(option: z.infer<typeof Option>) {
  return { value: option.const, title: oneLine(option.title, 200), description: oneLine(option.description ?? "", 500) };
}
