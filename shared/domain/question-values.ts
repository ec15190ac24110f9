import type { QuestionField, QuestionForm, QuestionValue } from "#shared/contract/question.ts";
import { assertNever } from "./assert-never.ts";

/** What is wrong with what stands in a field; null when nothing is. Absent or empty: it was left out. */
export function problemOfAnswer(field: QuestionField, value: QuestionValue | undefined): string | null {
  const isLeftOut = value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  if (isLeftOut) return field.isRequired ? "It has to be filled in." : null;
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? problemOfText(field, value) : "Not a text.";
    case "number":
      if (typeof value !== "number" || !Number.isFinite(value)) return "Not a number.";
      if (field.isInteger && !Number.isSafeInteger(value)) return "Not a whole number.";
      if (field.minimum !== null && value < field.minimum) return `At least ${field.minimum}.`;
      return field.maximum !== null && value > field.maximum ? `At most ${field.maximum}.` : null;
    case "yes-no":
      return typeof value === "boolean" ? null : "Neither yes nor no.";
    case "choice":
      return field.choices.some((choice) => choice.value === value) ? null : "Not one of the choices.";
    case "choices": {
      if (!Array.isArray(value) || !value.every((one) => field.choices.some((choice) => choice.value === one)))
        return "Not one of the choices.";
      if (new Set(value).size !== value.length) return "A choice is there twice.";
      if (value.length < field.minimum) return `Choose at least ${field.minimum}.`;
      return value.length > field.maximum ? `Choose at most ${field.maximum}.` : null;
    }
    default:
      return assertNever(field);
  }
}

/** The first thing that is wrong with an answer as a whole; null when nothing is. */
export function problemOfAnswers(form: QuestionForm, values: Readonly<Record<string, QuestionValue>>): string | null {
  const unknown = Object.keys(values).find((name) => !form.fields.some((field) => field.name === name));
  if (unknown !== undefined) return `There is no field ${unknown}.`;
  for (const field of form.fields) {
    const problem = problemOfAnswer(field, values[field.name]);
    if (problem !== null) return `${field.title}: ${problem}`;
  }
  return null;
}

function problemOfText(field: Extract<QuestionField, { kind: "text" }>, value: string): string | null {
  if (value.length < field.minLength) return `At least ${field.minLength} characters.`;
  if (value.length > field.maxLength) return `At most ${field.maxLength} characters.`;
  switch (field.format) {
    case null:
      return null;
    case "email":
      return /^[^\s@]+@[^\s@]+$/u.test(value) ? null : "Not an email address.";
    case "uri":
      return URL.canParse(value) ? null : "Not an address.";
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/u.test(value) && !Number.isNaN(Date.parse(value)) ? null : "Not a date (2026-11-26).";
    case "date-time":
      return /^\d{4}-\d{2}-\d{2}T/u.test(value) && !Number.isNaN(Date.parse(value)) ? null : "Not a time (2026-11-26T09:00:00Z).";
    default:
      return assertNever(field.format);
  }
}
