import { type ModelDialect, OwnAgent } from "#shared/contract/agent-profile.ts";
import type * as z from "zod";

/** An agent as its form holds it: lists as lines. */
export interface AgentDraft {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  /** One word a line. */
  readonly command: string;
  /** One a line. */
  readonly npmPackages: string;
  /** `NAME=value`, one a line. */
  readonly environment: string;
  readonly homeFiles: readonly { readonly path: string; readonly content: string }[];
  readonly mode: string;
  /** One a line. */
  readonly hosts: string;
  readonly credentials: OwnAgent["provider"]["credentials"];
  readonly minimumMemoryMiB: string;
  readonly resume: "none" | "load" | "resume";
  readonly dialect: ModelDialect;
  readonly checkEnvironment: string;
  /** What the form has no field for; it stays as it came. */
  readonly rest: Pick<OwnAgent, "gate" | "clientFiles" | "usage">;
}

const noRest: AgentDraft["rest"] = { gate: { sessionMeta: null, commandIn: "raw-input" }, clientFiles: true, usage: "none" };

export const blankDraft: AgentDraft = {
  ...{ id: "", name: "", description: "", version: "", command: "", npmPackages: "", environment: "", homeFiles: [], mode: "" },
  ...{ hosts: "", credentials: [], minimumMemoryMiB: "512", resume: "none", dialect: "none", checkEnvironment: "", rest: noRest },
};

export function draftOf(agent: OwnAgent): AgentDraft {
  const { id, name, description, version, gate, clientFiles, usage } = agent;
  return {
    ...{ id, name, description, version: version ?? "" },
    command: agent.command.join("\n"),
    npmPackages: agent.npmPackages.join("\n"),
    environment: lines(agent.environment),
    homeFiles: agent.homeFiles,
    mode: agent.mode ?? "",
    hosts: agent.provider.hosts.join("\n"),
    credentials: agent.provider.credentials,
    minimumMemoryMiB: String(agent.minimumMemoryMiB),
    resume: agent.resume?.by ?? "none",
    dialect: agent.check?.dialect ?? "none",
    checkEnvironment: lines(agent.check?.environment ?? {}),
    rest: { gate, clientFiles, usage },
  };
}

/** Judged by the one schema that core judges by. */
export function readDraft(draft: AgentDraft): z.ZodSafeParseResult<OwnAgent> {
  const { id, name, description, version, homeFiles, credentials, dialect, rest } = draft;
  return OwnAgent.safeParse({
    ...rest,
    ...{ id, name, description, homeFiles },
    version: version.trim() === "" ? null : version.trim(),
    command: words(draft.command),
    npmPackages: words(draft.npmPackages),
    environment: variables(draft.environment),
    mode: draft.mode.trim() === "" ? null : draft.mode.trim(),
    provider: { hosts: words(draft.hosts), refused: [], credentials },
    minimumMemoryMiB: Number(draft.minimumMemoryMiB),
    resume: draft.resume === "none" ? null : { by: draft.resume },
    check: { dialect, environment: variables(draft.checkEnvironment) },
  });
}

/** What is wrong with a field; undefined where nothing is. */
export function problemOf(read: z.ZodSafeParseResult<OwnAgent>, ...path: readonly string[]): string | undefined {
  if (read.success) return undefined;
  const issue = read.error.issues.find((one) => path.every((part, index) => one.path[index] === part));
  if (issue === undefined) return undefined;
  const where = issue.path.slice(path.length).filter((part) => typeof part === "string");
  return where.length === 0 ? issue.message : `${where.join(", ")}: ${issue.message}`;
}

/** An id that a name suggests. */
export function idOf(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-");
  return plain
    .replace(/^[^a-z]+/u, "")
    .replace(/-+$/u, "")
    .slice(0, 40);
}

function words(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function lines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

function variables(text: string): Record<string, string> {
  const pairs = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): readonly [string, string] => {
      const at = line.indexOf("=");
      return at === -1 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1)];
    });
  return Object.fromEntries(pairs);
}
