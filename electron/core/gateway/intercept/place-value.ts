import { applyEdits, findNodeAtLocation, modify, parseTree } from "jsonc-parser";
import { assertNever } from "#shared/domain/assert-never.ts";
import { type HeaderList, valueOf, without } from "./headers.ts";
import type { Injection } from "./interceptor.ts";

/** Longest body that a field is put into. */
export const longestFieldBody = 8 * 1_048_576;

export type Placed =
  | { readonly ok: true; readonly headers: HeaderList; readonly body: Buffer | null }
  | { readonly ok: false; readonly why: string };

/**
 * Puts the value into its one place, in the stead of whatever the client had there, and destroys it. `body` is
 * the whole body where the place is a field, else null.
 */
export function placeValue(injection: Injection, headers: HeaderList, body: Buffer | null): Placed {
  const { place, secretName, value } = injection;
  try {
    switch (place.kind) {
      case "header":
        return intoHeader(
          place.name,
          headers,
          value.use((bytes) => `${place.prefix}${bytes.toString("latin1")}`),
          secretName,
        );
      case "basic": {
        const pair = (bytes: Buffer) => Buffer.concat([Buffer.from(`${place.user}:`, "ascii"), bytes]).toString("base64");
        return intoHeader("authorization", headers, `Basic ${value.use(pair)}`, secretName);
      }
      case "field":
        return intoField(
          place.pointer,
          headers,
          body,
          value.use((bytes) => bytes.toString("utf8")),
        );
      default:
        return assertNever(place);
    }
  } finally {
    value.destroy();
  }
}

function intoHeader(name: string, headers: HeaderList, text: string, secretName: string): Placed {
  // RFC 9110 section 5.5, without obs-text and tabs: everything that keys are made of.
  if (!/^[ -~]+$/.test(text) || text !== text.trim())
    return {
      ok: false,
      why: `The secret ${secretName} has characters that a header cannot carry. Store it again without line breaks and white space around it.`,
    };
  return { ok: true, headers: [...without(headers, (one) => one.replaceAll("_", "-") === name), [name, text]], body: null };
}

function intoField(pointer: string, headers: HeaderList, body: Buffer | null, text: string): Placed {
  const refused = (why: string): Placed => ({ ok: false, why });
  if (body === null || !/^application\/(?:[a-z0-9.+-]*\+)?json\s*(?:;|$)/i.test(valueOf(headers, "content-type") ?? ""))
    return refused("The secret goes into a field of a JSON body, and this request has none.");
  if (valueOf(headers, "content-encoding") !== null)
    return refused("The secret goes into a field of the body, and this body is compressed.");
  const json = body.toString("utf8");
  if (!isJson(json)) return refused("The secret goes into a field of a JSON body, and this body is not well formed.");
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const tree = parseTree(json);
  const parent = tree === undefined ? undefined : steps.length === 1 ? tree : findNodeAtLocation(tree, steps.slice(0, -1));
  const last = steps.at(-1);
  if (parent?.type !== "object" || last === undefined) return refused(`The body has no object that ${pointer} could be a field of.`);
  const isDouble = (parent.children ?? []).filter((property) => property.children?.[0]?.value === last).length > 1;
  if (isDouble) return refused(`The field ${pointer} stands in the body more than once.`);
  // An edit of the text: numbers and the order of fields stay as they are.
  const placed = Buffer.from(applyEdits(json, modify(json, steps, text, {})), "utf8");
  const lengthless = without(headers, (name) => name === "content-length" || name === "transfer-encoding");
  return { ok: true, headers: [...lengthless, ["content-length", String(placed.length)]], body: placed };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
