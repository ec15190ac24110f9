import * as z from "zod";
import { eventIterator } from "@orpc/contract";
import { changes, changesAudited, reads } from "./base.ts";
import { McpServerId, RepositoryId, Timestamp } from "./ids.ts";
import { PostureBadge } from "./task.ts";

/** Names under which agents hand on tools of their own: `mcp__acp__Read` (claude-agent-acp), `mcp__ide__…` (Claude Code). */
const keptByAgents = new Set(["acp", "ide"]);

/** As rules name it: `mcp(tickets.*)`. Without underscores, so that `mcp__server__tool` is read in one way only. */
export const McpServerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, "lower-case letters, digits and dashes")
  .refine((name) => !keptByAgents.has(name), "agents keep this name for tools of their own");

const word = z
  .string()
  .max(4_000)
  .regex(/^\P{Cc}*$/u, "no control characters");
const Variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "a variable's name");

/** `{{secret:name}}` in a value becomes what stands for that secret; never write a secret's value here. */
const environment = z.record(Variable, word).refine((all) => Object.keys(all).length <= 50, "at most 50 variables");

const isPlainUrl = (text: string) => {
  const url = URL.parse(text);
  return url !== null && url.protocol === "https:" && url.username === "" && url.password === "" && url.hash === "";
};

const arguments_ = z.array(word).max(100);

/** As the npm registry has it (npm, package.json, name): `name` or `@scope/name`. */
export const NpmPackageName = z
  .string()
  .max(214)
  .regex(/^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/, "the name of an npm package");
/** One version and no range (semver.org, with its pre-release and build parts). */
export const ExactVersion = z
  .string()
  .max(100)
  .regex(/^\d{1,15}\.\d{1,15}\.\d{1,15}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/, "one exact version, such as 1.2.3");
/** Where a package comes from: the registry or index that this computer's own npm or pip is set to. */
export const PackageRegistry = z.enum(["npm", "pypi"]);
export type PackageRegistry = z.infer<typeof PackageRegistry>;

/** In its one form (names and normalization, packaging.python.org): lower case, one dash between words. */
export const PythonPackageName = z
  .string()
  .max(214)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "the name of a Python package");
/** One public version and no range (version specifiers, packaging.python.org). */
export const PythonVersion = z
  .string()
  .max(100)
  .regex(
    /^(?:\d{1,9}!)?\d{1,15}(?:\.\d{1,15}){0,9}(?:(?:a|b|rc)\d{1,9})?(?:\.post\d{1,9})?(?:\.dev\d{1,9})?$/,
    "one exact version, such as 1.2.3",
  );

const Named = z.object({ registry: PackageRegistry, package: z.string(), version: z.string().nullable() });

/** Whether name and version are as that registry has them. */
function isAsRegistryHas({ registry, package: name, version }: z.infer<typeof Named>): boolean {
  const [names, versions] = registry === "npm" ? [NpmPackageName, ExactVersion] : [PythonPackageName, PythonVersion];
  return names.safeParse(name).success && (version === null || versions.safeParse(version).success);
}
const notAsRegistryHas = "a name and one exact version as the registry has them";
const packageName = z.union([NpmPackageName, PythonPackageName]);
const packageVersion = z.union([ExactVersion, PythonVersion]);

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One package of a tree, pinned by the hash of its archive. */
export const PinnedPackage = z.object({
  name: z.string().max(214),
  version: z.string().max(256),
  /** `sha512-…` (W3C Subresource Integrity) or, of a wheel, `sha256:…` in hexadecimal; null for one that stands in the archive of another. */
  integrity: z.string().max(100).nullable(),
  /** It would run something when it is installed; nothing does here. */
  hasInstallScript: z.boolean(),
});
export type PinnedPackage = z.infer<typeof PinnedPackage>;

/** A package as the registry had it when it was asked, with all that comes along. */
export const McpPackage = z.object({
  registry: PackageRegistry,
  name: packageName,
  version: packageVersion,
  integrity: PinnedPackage.shape.integrity,
  /** SHA-256 of the lock, which names the hash of every archive: this is what a person confirms. */
  lock: Sha256,
  /** Names of the programs that it brings. */
  programs: z.array(z.string().max(214)).max(50),
  packages: z.array(PinnedPackage).max(2_000),
  /** The one sandbox that wheels were chosen for: another system, processor or Python gets none of them. Null for npm. */
  chosenFor: z.object({ os: z.enum(["linux", "darwin"]), arch: z.enum(["x64", "arm64"]), python: z.string().max(20) }).nullable(),
  /** On the disk of this computer; null where it is not installed. */
  bytes: z.int().nullable(),
  at: Timestamp,
});
export type McpPackage = z.infer<typeof McpPackage>;

/** How an agent gets to speak with a server; in every case over a process in its own sandbox. */
export const McpSource = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("program"),
    /** Program and arguments; no shell is involved. Relative paths belong to the worktree. */
    command: z
      .array(word)
      .min(1, "Name a program.")
      .max(100)
      .refine(([program]) => program !== "", "Name a program."),
    environment,
  }),
  z
    .object({
      kind: z.literal("package"),
      registry: PackageRegistry.default("npm"),
      /** The sandbox gets it read-only, and no network for it. */
      package: packageName,
      version: packageVersion,
      /** {@link McpPackage.lock} as a person confirmed it: the server runs from exactly that or not at all. */
      lock: Sha256,
      /** One of the package's own. */
      program: z.string().min(1, "Choose a program.").max(214),
      arguments: arguments_,
      environment,
    })
    .refine(isAsRegistryHas, notAsRegistryHas),
  z.object({
    kind: z.literal("http"),
    /** Streamable HTTP (MCP, transports). Reached through the gateway, under the same rules as all that leaves a sandbox. */
    url: word.refine(isPlainUrl, "an https:// address without a name, a password or a #"),
    /** `{{secret:name}}` in a value becomes what stands for that secret: the gateway puts it in where it is bound to that host. */
    headers: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, "a header's name"), word)
      .refine((all) => Object.keys(all).length <= 30, "at most 30 headers"),
  }),
]);
export type McpSource = z.infer<typeof McpSource>;

export const NewMcpServer = z.object({
  name: McpServerName,
  source: McpSource,
  /** Whose agents get it; none: nobody's. */
  repositoryIds: z.array(RepositoryId).max(500),
  /** Whether a repository's adopted `gatehouse.jsonc` may name it for its agents. A name there never defines anything. */
  mayBeNamed: z.boolean().default(false),
  isEnabled: z.boolean(),
});
export type NewMcpServer = z.infer<typeof NewMcpServer>;

/** What a server says of one of its tools. Hostile text. */
export const McpTool = z.object({
  name: z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/),
  description: z.string().max(32_768),
  /** All that it says of it, as canonical JSON: input schema, title, annotations and whatever else. */
  definition: z.string().max(262_144),
  /** By its own word. */
  isReadOnly: z.boolean(),
});
export type McpTool = z.infer<typeof McpTool>;

/** What a server offers, named by the SHA-256 of all that it says. */
export const McpToolList = z.object({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** What it would have the model know about itself. Hostile text. */
  instructions: z.string().max(32_768),
  tools: z.array(McpTool).max(200),
  at: Timestamp,
});
export type McpToolList = z.infer<typeof McpToolList>;

export const McpServer = NewMcpServer.extend({
  id: McpServerId,
  /** The tools that a person confirmed; null before anybody did. */
  pin: McpToolList.nullable(),
  /** What it offered since, which differs and which nobody has confirmed; no agent gets it. */
  seen: McpToolList.nullable(),
});
export type McpServer = z.infer<typeof McpServer>;

/** What a server made of it when it was started to be looked at. Words of the server's are hostile. */
export const McpCheckOutcome = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("answered"),
    protocolVersion: z.string().max(40),
    /** As it calls itself. */
    serverName: z.string().max(200),
    serverVersion: z.string().max(200),
    tools: McpToolList,
    /** Whether a person has confirmed exactly these tools. */
    isConfirmed: z.boolean(),
  }),
  z.object({
    kind: z.literal("failed"),
    reason: z.enum(["package", "start", "ended", "late", "protocol", "not-json", "too-much", "tools"]),
    what: z.string().max(4_000),
    remedy: z.string().max(2_000),
  }),
]);
export type McpCheckOutcome = z.infer<typeof McpCheckOutcome>;

export const McpCheck = z.object({
  at: Timestamp,
  /** Of all of it; and from the server's start to its tools, null where it came to none. Milliseconds. */
  durationMs: z.int(),
  answerMs: z.int().nullable(),
  engine: PostureBadge.shape.driver,
  outcome: McpCheckOutcome,
  /** Lines on its standard output that are no messages. */
  strayLines: z.int(),
  /** The end of what it wrote to its standard error. Hostile text. */
  stderr: z.string().max(4_000),
});
export type McpCheck = z.infer<typeof McpCheck>;

const Line = z.object({ kind: z.literal("line"), text: z.string() });
export const McpCheckStep = z.discriminatedUnion("kind", [Line, z.object({ kind: z.literal("done"), check: McpCheck })]);
export type McpCheckStep = z.infer<typeof McpCheckStep>;
export const McpResolveStep = z.discriminatedUnion("kind", [Line, z.object({ kind: z.literal("done"), package: McpPackage })]);
export type McpResolveStep = z.infer<typeof McpResolveStep>;

export const mcpServers = {
  list: reads().input(z.object({})).output(z.array(McpServer)),
  /**
   * Asks the registry, or the index, for a package and installs it without running anything of it; nothing uses it until a server names its lock.
   * `version` null: the one that its makers call the latest. PACKAGE_NOT_FOUND, PACKAGE_REFUSED where it cannot be pinned.
   */
  resolve: changesAudited("mcp-package.resolve", { role: "owner" })
    .input(
      z
        .object({ registry: PackageRegistry.default("npm"), package: packageName, version: packageVersion.nullable() })
        .refine(isAsRegistryHas, notAsRegistryHas),
    )
    .output(eventIterator(McpResolveStep)),
  /** What a lock stands for; null where it was never resolved here. */
  package: reads()
    .input(z.object({ lock: Sha256 }))
    .output(McpPackage.nullable()),
  /** Starts the server in a sandbox of its own without network and lists its tools. CONFLICT while another check runs. */
  check: changesAudited("mcp-server.check", { role: "owner" })
    .input(z.object({ id: McpServerId }))
    .output(eventIterator(McpCheckStep)),
  /** CONFLICT where another one has the same name; NOT_FOUND for a lock that was not resolved here or has no such program. */
  add: changes("mcp-server.add", { role: "owner" }).input(NewMcpServer).output(McpServer),
  /** Another source forgets which tools were confirmed. */
  update: changes("mcp-server.update", { role: "owner" })
    .input(NewMcpServer.extend({ id: McpServerId }))
    .output(McpServer),
  /** Confirms exactly the tools that were seen last. CONFLICT when they are others by now. */
  confirm: changes("mcp-server.confirm", { role: "owner" })
    .input(z.object({ id: McpServerId, hash: McpToolList.shape.hash }))
    .output(McpServer),
  remove: changes("mcp-server.remove", { role: "owner" })
    .input(z.object({ id: McpServerId }))
    .output(z.object({})),
};
