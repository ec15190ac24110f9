import type { ParameterOperation } from "unbash";

/** Longer values and patterns are not worked on, characters; nor are patterns with more stars. */
const maximumValue = 512;
const maximumPattern = 64;
const maximumStars = 3;

/** Reads a word of an operation; null where it is not known. */
type Read = (word: Extract<ParameterOperation, { readonly type: "Default" }>["operand"]) => string | null;

/**
 * What `${x:1:2}`, `${x#a}`, `${x%b}`, `${x/a/b}` and `${x,,}` make of the values that `x` is known to have (bash(1),
 * "Parameter Expansion"). Used only to find what a deny rule names; empty where it cannot be told.
 */
export function operatedValues(values: readonly string[], operation: ParameterOperation, read: Read): readonly string[] {
  const short = values.filter((value) => value.length <= maximumValue);
  switch (operation.type) {
    case "Default": {
      const other = read(operation.operand);
      return other === null ? values : [...values, other];
    }
    case "Slice": {
      const offset = numberIn(read(operation.offset));
      const length = operation.length === undefined ? null : numberIn(read(operation.length));
      if (offset === null || (operation.length !== undefined && length === null)) return [];
      return short.map((value) => sliced(value, offset, length));
    }
    case "Remove": {
      const pattern = patternOf(read(operation.operand));
      if (pattern === null) return [];
      const isLong = operation.operator.length === 2;
      return short.map((value) =>
        operation.operator.startsWith("#") ? withoutStart(value, pattern, isLong) : withoutEnd(value, pattern, isLong),
      );
    }
    case "Replace": {
      const pattern = patternOf(read(operation.pattern));
      const replacement = read(operation.replacement);
      if (pattern === null || replacement === null) return [];
      const [front, back] = [operation.operator === "/#" ? "^" : "", operation.operator === "/%" ? "$" : ""];
      const expression = new RegExp(`${front}(?:${pattern})${back}`, operation.operator === "//" ? "gs" : "s");
      return short.map((value) => value.replace(expression, () => replacement));
    }
    case "CaseModification": {
      const change = operation.operator.startsWith("^") ? (text: string) => text.toUpperCase() : (text: string) => text.toLowerCase();
      return short.map((value) => (operation.operator.length === 2 ? change(value) : change(value.slice(0, 1)) + value.slice(1)));
    }
    case "Transform":
      return transformed(short, read(operation.operand) ?? "");
    case "Names":
    case "Unknown":
      return [];
    default:
      return [];
  }
}

/** `${x@L}`, `@U`, `@u`; `@E` and `@P` leave a plain text as it is (bash(1), "Parameter transformation"). */
function transformed(values: readonly string[], letter: string): readonly string[] {
  switch (letter) {
    case "L":
      return values.map((value) => value.toLowerCase());
    case "U":
      return values.map((value) => value.toUpperCase());
    case "u":
      return values.map((value) => value.slice(0, 1).toUpperCase() + value.slice(1));
    case "E":
    case "P":
      return values.filter((value) => !/[\\$`!]/.test(value));
    default:
      return [];
  }
}

/** Elements of an array or of the parameters, from an offset on, as one text. */
export function slicedElements(
  elements: readonly string[],
  { offset, length }: Extract<ParameterOperation, { readonly type: "Slice" }>,
  read: Read,
  first: number,
): readonly string[] {
  const start = numberIn(read(offset));
  const count = length === undefined ? elements.length : numberIn(read(length));
  if (start === null || count === null || count < 0) return [];
  const from = start < 0 ? elements.length + start : start - first;
  return [elements.slice(Math.max(0, from), Math.max(0, from) + count).join(" ")];
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\s*-?\d{1,4}\s*$/.test(text) ? Number(text) : null;
}

function sliced(value: string, offset: number, length: number | null): string {
  const start = offset < 0 ? Math.max(0, value.length + offset) : offset;
  if (length === null) return value.slice(start);
  return length < 0 ? value.slice(start, Math.max(start, value.length + length)) : value.slice(start, start + length);
}

/** A glob of `*` and `?` as the source of a regular expression; null for others. */
function patternOf(text: string | null): string | null {
  if (text === null || text.length > maximumPattern || /[[\]()\\]/.test(text) || text.split("*").length - 1 > maximumStars) return null;
  return text
    .replaceAll(/[.+^${}|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}

function withoutStart(value: string, pattern: string, isLong: boolean): string {
  const whole = new RegExp(`^(?:${pattern})$`, "s");
  for (let index = 0; index <= value.length; index += 1) {
    const length = isLong ? value.length - index : index;
    if (whole.test(value.slice(0, length))) return value.slice(length);
  }
  return value;
}

function withoutEnd(value: string, pattern: string, isLong: boolean): string {
  const whole = new RegExp(`^(?:${pattern})$`, "s");
  for (let index = 0; index <= value.length; index += 1) {
    const start = isLong ? index : value.length - index;
    if (whole.test(value.slice(start))) return value.slice(0, start);
  }
  return value;
}
