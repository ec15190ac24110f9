import type { TokenCounts } from "#shared/contract/usage.ts";

/** What one response says about its own usage. */
export interface ReadUsage {
  readonly model: string | null;
  readonly counts: TokenCounts;
}

/** Reads the JSON values of one response in order; each dialect has one. `result` is asked once, at the end. */
export interface DialectReader {
  value(json: unknown): void;
  result(): ReadUsage;
}

export const unknownCounts: TokenCounts = { input: null, output: null, cachedRead: null, cacheWrite: null, cacheWriteLong: null };

/** More tokens than one call of any model can have: above it the number is not believed. */
const maximumTokens = 1_000_000_000;

/** A number of tokens that must be there; null for anything that is none. */
export function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= maximumTokens ? value : null;
}

/** A number of tokens that is left out where it is none: absent is zero, malformed is unknown. */
export function countOrNone(value: unknown): number | null {
  return value === undefined || value === null ? 0 : count(value);
}

/** `whole - part`, where part is contained in whole; unknown where that cannot be. */
export function without(whole: number | null, ...parts: readonly (number | null)[]): number | null {
  if (whole === null || parts.includes(null)) return null;
  const rest = parts.reduce<number>((left, part) => left - (part ?? 0), whole);
  return rest < 0 ? null : rest;
}

export function sum(...parts: readonly (number | null)[]): number | null {
  return parts.includes(null) ? null : parts.reduce<number>((total, part) => total + (part ?? 0), 0);
}

/** A field of something that may be no object at all. Own fields only. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = Reflect.get(at, name);
  }
  return at;
}

/** A model's name as it may be stored and shown; null for anything else. */
export function modelName(value: unknown): string | null {
  return typeof value === "string" && /^[\x21-\x7e]{1,200}$/.test(value) ? value : null;
}
