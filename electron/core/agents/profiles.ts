import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentSummary } from "#shared/contract/agent.ts";
import * as z from "zod";
import { UserError } from "../kernel/errors.ts";
import { AgentProfile } from "./agent-profile.ts";

/**
 * Reads every `*.json` of the folder as a profile, sorted by name. One broken file refuses them all
 * with INVALID_INPUT that names the file and the field: a profile carries a gate, so none is guessed.
 */
export async function loadProfiles(folder: string): Promise<readonly AgentProfile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const profiles = await Promise.all(names.map((name) => loadProfile(join(folder, name), name)));
  const seen = new Map<string, string>();
  for (const [index, profile] of profiles.entries()) {
    const file = names[index] ?? "";
    const other = seen.get(profile.id);
    if (other !== undefined) throw broken(file, `the id "${profile.id}" is taken by ${other}`);
    seen.set(profile.id, file);
  }
  return profiles.toSorted((a, b) => a.name.localeCompare(b.name));
}

/** The profile of this id. NOT_FOUND where there is none. */
export function findProfile(profiles: readonly AgentProfile[], id: string): AgentProfile {
  const found = profiles.find((profile) => profile.id === id);
  if (found !== undefined) return found;
  const known = profiles.map((profile) => profile.id).join(", ");
  throw new UserError("NOT_FOUND", `There is no agent "${id}".`, `Pick one of: ${known === "" ? "none is installed" : known}.`);
}

/** `isAcknowledged`: a person has said of exactly this profile that it may run unasked. */
export function summarize(profile: AgentProfile, isAcknowledged = false): AgentSummary {
  const { id, name, description, terminal, provider } = profile;
  const inTerminal = terminal === null ? "none" : terminal.gate === "none" ? "ungated" : "gated";
  const keys = provider.credentials.map(({ secretKind, label }) => ({ secretKind, label }));
  const needsAcknowledgement = profile.gate.level === "none" && !isAcknowledged;
  return { id, name, description, gate: profile.gate.level, terminal: inTerminal, keys, needsAcknowledgement };
}

async function loadProfile(path: string, name: string): Promise<AgentProfile> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw broken(name, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = AgentProfile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw broken(name, z.prettifyError(parsed.error).replaceAll("\n", " "), parsed.error);
}

function broken(file: string, problem: string, cause?: unknown): UserError {
  return new UserError(
    "INVALID_INPUT",
    `The agent profile ${file} cannot be used: ${problem}.`,
    "Correct or remove that file, or install Gatehouse again.",
    { cause },
  );
}
