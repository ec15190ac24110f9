import { createHash } from "node:crypto";
import * as z from "zod";
import { McpTool, type McpToolList } from "#shared/contract/mcp.ts";
import { canonicalJson, type Json } from "../kernel/canonical-json.ts";

/** What a server offers, before anybody says when it was seen. */
export type FoundTools = Omit<McpToolList, "at">;

/** What changed from one list to the next, by the tools' names. */
export interface ToolChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

const maximumDepth = 32;
/** Characters of the whole list as canonical JSON: a person has to be able to read it. */
const maximumSize = 262_144;

const Told = z.looseObject({
  description: McpTool.shape.description.default(""),
  annotations: z.looseObject({ readOnlyHint: z.boolean().optional() }).optional(),
});

/**
 * Reads what a server answered to `tools/list`. Everything that a model would be told is in the hash, in
 * an order that does not depend on the server's. Throws for what is no list of tools or too much of one.
 */
export function readTools(told: readonly unknown[], instructions: string): FoundTools {
  if (told.length > 200) throw new Error("it offers more than 200 tools");
  const tools = told.map(readTool).sort((a, b) => (a.name < b.name ? -1 : 1));
  const double = tools.find(({ name }, at) => tools[at + 1]?.name === name);
  if (double !== undefined) throw new Error(`it offers ${double.name} twice`);
  const whole = canonicalJson({ instructions, tools: tools.map(({ definition }) => definition) });
  if (whole.length > maximumSize) throw new Error("what it says of its tools is longer than a person could read");
  return { hash: createHash("sha256").update(whole).digest("hex"), instructions, tools };
}

export function compareTools(before: readonly McpTool[], after: readonly McpTool[]): ToolChange {
  const old = new Map(before.map(({ name, definition }) => [name, definition]));
  const now = new Set(after.map(({ name }) => name));
  return {
    added: after.flatMap(({ name }) => (old.has(name) ? [] : [name])),
    removed: before.flatMap(({ name }) => (now.has(name) ? [] : [name])),
    changed: after.flatMap(({ name, definition }) => (old.has(name) && old.get(name) !== definition ? [name] : [])),
  };
}

function readTool(value: unknown): McpTool {
  const named = z.looseObject({ name: McpTool.shape.name }).safeParse(value);
  if (!named.success) throw new Error("it offers a tool whose name is not of letters, digits, dots, dashes and underscores");
  const { name } = named.data;
  const read = Told.safeParse(value);
  if (!read.success) throw new Error(`what it says of ${name} is not as MCP has it, or too long`);
  const definition = canonicalJson(asJson(value, 0));
  const isReadOnly = read.data.annotations?.readOnlyHint === true;
  return { name, description: read.data.description, definition, isReadOnly };
}

function asJson(value: unknown, depth: number): Json {
  if (depth > maximumDepth) throw new Error("what it says of a tool is nested too deeply");
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((member) => asJson(member, depth + 1));
  const members = z.record(z.string(), z.unknown()).parse(value);
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, asJson(member, depth + 1)]));
}
