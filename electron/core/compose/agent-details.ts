import type { AgentDetails } from "#shared/contract/agent.ts";
import { type AgentProfile, namesCalls, type SilentRead } from "../agents/agent-profile.ts";
import type { AgentBook } from "../agents/profiles/agent-book.ts";
import { profileHash } from "../agents/profiles/profile-hash.ts";
import { summarize } from "../agents/profiles.ts";
import { bytesBelow } from "../kernel/bytes-below.ts";
import type { PackageFolder, SandboxPlatform } from "../sandbox/driver.ts";
import type { AgentCatalogue } from "./agents.ts";

/** Sandboxes are Linux wherever they are not a process of this computer. */
const platform: SandboxPlatform = { os: "linux", arch: process.arch === "arm64" ? "arm64" : "x64" };
/** A folder of packages never changes: it is measured once. */
const measured = new Map<string, number>();

/** Every agent with what is known of it. */
export async function agentDetails(agents: AgentCatalogue, book: AgentBook): Promise<AgentDetails[]> {
  return await Promise.all(agents.all.map(async (profile) => await detailsOf(profile, agents, book)));
}

async function detailsOf(profile: AgentProfile, agents: AgentCatalogue, book: AgentBook): Promise<AgentDetails> {
  const acknowledged = book.acknowledgementOf(profile);
  const own = book.own().find((entry) => entry.profile.id === profile.id)?.own ?? null;
  const { version, command, npmPackages, mode, minimumMemoryMiB } = profile;
  const { pinned, folder } = await agents.packagesOf(profile, platform);
  return {
    ...summarize(profile, acknowledged !== null),
    ...{ version, command, npmPackages, mode, minimumMemoryMiB, own },
    origin: own === null ? "built-in" : "own",
    pinned,
    installedBytes: folder === null ? null : await installedBytes(folder),
    silentReads: profile.silentReads.filter(namesCalls).map(inWords),
    hash: profileHash(profile),
    check: book.checkOf(profile.id),
    acknowledged: acknowledged === null ? null : { by: acknowledged.by, at: acknowledged.at },
  };
}

async function installedBytes({ hash, folder }: PackageFolder): Promise<number> {
  const bytes = measured.get(hash) ?? (await bytesBelow(folder));
  measured.set(hash, bytes);
  return bytes;
}

function inWords(read: SilentRead): string {
  if (read.programs !== undefined) return read.programs.join(", ");
  return read.command ?? read.name ?? (read.kind === undefined ? "calls without a name" : `calls of the kind ${read.kind}`);
}
