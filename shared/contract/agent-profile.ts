import * as z from "zod";
import { kindOfValue, SecretKind } from "./vault.ts";

/** A path below a folder: not absolute, and never up. */
export const RelativePath = z
  .string()
  .max(300)
  .regex(/^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[^\0]{1,300}$/, "a path below the folder, without ..");
export const VariableName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a variable's name");
export const ProviderHost = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, "a host name in lower case");

export const AgentId = z
  .string()
  .max(41)
  .regex(/^[a-z][a-z0-9-]{0,40}$/, "lower-case letters, digits and dashes; a letter first");

/** An npm package at one exact version; `{arch}` stands for the sandbox's processor, as npm names it. */
export const NpmPackage = z
  .string()
  .max(300)
  .regex(
    /^(@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~](?:[a-z0-9._~-]|\{arch\})*@\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/,
    "not a package at one exact version",
  );

/** A file, made anew from data. In its content the places of the command are replaced. */
export const ProfileFile = z.strictObject({ path: RelativePath, content: z.string().max(65_536) });

/** Program and arguments, or one of them. */
export const ProfileWord = z.string().min(1).max(1_000);

/** A key that the agent works with. The value stays in the vault; the agent sees the placeholder, the gateway puts the value in. */
export const AgentCredential = z.strictObject({
  /** What kind of secret of the vault it is; the secret's own bindings say where it goes, and in which header. */
  secretKind: SecretKind,
  label: z.string().min(1).max(80),
  /** Variable in which the agent looks for it. */
  variable: VariableName,
  /** What stands in the variable instead; in the form that the agent insists on. */
  placeholder: z.string().min(8).max(200),
});
export type AgentCredential = z.infer<typeof AgentCredential>;

/** How a session goes on after a restart. `quietMs`: how long after its making it cannot be loaded. */
export const AgentResume = z.strictObject({ by: z.enum(["load", "resume"]), quietMs: z.int().min(0).max(600_000).default(0) });

/** Where its model is. `hosts` it has to reach; other hosts that it tries are refused without a question. */
export const AgentProvider = z
  .strictObject({
    hosts: z.array(ProviderHost).max(20),
    refused: z.array(ProviderHost).max(40),
    credentials: z.array(AgentCredential).max(8),
  })
  .default({ hosts: [], refused: [], credentials: [] });

/** How its model's provider is spoken to; `none`: it has no model, or one that cannot be scripted. */
export const ModelDialect = z.enum(["anthropic", "openai", "gemini", "none"]);
export type ModelDialect = z.infer<typeof ModelDialect>;

/** How the agent is brought to a scripted model, for its check: what is added to its environment. `{model}` is the address. */
export const AgentCheckSetUp = z.strictObject({
  dialect: ModelDialect,
  environment: z.record(VariableName, z.string().max(4_000)).default({}),
});
export type AgentCheckSetUp = z.infer<typeof AgentCheckSetUp>;

/** Fields that the profiles which ship with Gatehouse and those of a person have in common. */
export const commonProfile = {
  id: AgentId,
  name: z.string().trim().min(1, "Give it a name.").max(80),
  description: z.string().max(500),
  /** Of the agent itself, as its makers count it; null where it has none. */
  version: z.string().max(60).nullable().default(null),
  /**
   * Program and arguments inside the sandbox. Places that are replaced: `{agent}` the folder that holds streamed-in
   * agent files, `{packages}` that of its npm packages, `{home}`, `{worktree}`, `{arch}` (`x64`, `arm64`).
   */
  command: z.array(ProfileWord).min(1, "Name a program.").max(40),
  /** Added to the sandbox's fixed environment, with the same places. `{{secret:name}}` becomes what stands for that secret. Never a secret. */
  environment: z.record(VariableName, z.string().max(4_000)),
  /** What it runs from: npm packages, each at one exact version; none where it is in the image already. */
  npmPackages: z.array(NpmPackage).max(20),
  /** Its settings, written below the sandbox's home before every start, over whatever stands there. */
  homeFiles: z.array(ProfileFile).max(20),
  /**
   * Mode to pin at start, by `session/set_mode` or the config option of category `mode`. Null where the
   * agent has none; the mode it starts in is pinned then. A drift from the pinned mode stops the run.
   */
  mode: z.string().min(1).max(200).nullable(),
  /** Whether it may read and write files through Gatehouse (ACP, `fs/*`); some get into trouble where a file is missing. */
  clientFiles: z.boolean().default(true),
  resume: AgentResume.nullable().default(null),
  /** How the answer to a prompt counts tokens: the whole turn, its last request only, or not at all. */
  usage: z.enum(["turn", "last-request", "none"]).default("none"),
  provider: AgentProvider,
  minimumMemoryMiB: z.int().min(64).max(65_536),
  check: AgentCheckSetUp.nullable().default(null),
};

/** An object of JSON, as text. */
const JsonObject = z
  .string()
  .max(20_000)
  .refine((text) => {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" && value !== null && !Array.isArray(value);
    } catch {
      return false;
    }
  }, "not an object of JSON");

/** Where a permission request of this agent carries the shell command. */
export const CommandIn = z.enum(["raw-input", "title"]).default("raw-input");

/** An agent that a person adds. It brings no file of the app's, and no claim about its gate: only a check gives it one. */
export const OwnAgent = z
  .strictObject({
    ...commonProfile,
    /** `sessionMeta`: `_meta` of `session/new` that turns the gate on. */
    gate: z
      .strictObject({ sessionMeta: JsonObject.nullable(), commandIn: CommandIn })
      .default({ sessionMeta: null, commandIn: "raw-input" }),
  })
  .superRefine(({ environment, homeFiles, command, check }, context) => {
    const held = [
      ...Object.entries(environment).map(([name, value]) => ({ path: ["environment", name], value })),
      ...Object.entries(check?.environment ?? {}).map(([name, value]) => ({ path: ["check", "environment", name], value })),
      ...homeFiles.map(({ content }, index) => ({ path: ["homeFiles", index], value: content })),
      ...command.map((value, index) => ({ path: ["command", index], value })),
    ];
    for (const { path, value } of held) {
      if (!holdsKey(value)) continue;
      const message = "This looks like a key. Store it in the vault, and name it here: {{secret:name}}.";
      context.addIssue({ code: "custom", path, message });
    }
  });
export type OwnAgent = z.infer<typeof OwnAgent>;

/** Whether a word of the text has the form of a provider's key. */
function holdsKey(text: string): boolean {
  return text.split(/[\s"'=,;()]+/u).some((word) => kindOfValue(word) !== "generic") || text.includes("PRIVATE KEY-----");
}
