import { text } from "node:stream/consumers";
import type { Sandbox } from "../sandbox/driver.ts";
import type { AgentHost } from "./agent-session.ts";
import type { AgentProfile } from "./agent-profile.ts";

const maximumOutput = 100_000;

/**
 * A repository can bring settings of an agent: allow rules, hooks, servers, a mode in which it does not ask.
 * The profile switches them off; here the person is told which there are.
 */
export async function tellOfRepositorySettings(
  {
    profile,
    sandbox,
    worktree,
    host,
  }: { readonly profile: AgentProfile; readonly sandbox: Sandbox; readonly worktree: string; readonly host: AgentHost },
  signal: AbortSignal,
): Promise<void> {
  const found = await findRepositorySettings(profile, sandbox, worktree, signal);
  if (found.length === 0) return;
  host.notice(`The repository brings settings of ${profile.name} (${found.join(", ")}). They take no effect here: only your rules decide.`);
}

async function findRepositorySettings(
  profile: AgentProfile,
  sandbox: Sandbox,
  worktree: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (profile.repositorySettings.length === 0) return [];
  const script = 'for name; do if [ -e "$name" ] || [ -L "$name" ]; then printf "%s\\n" "$name"; fi; done';
  const process = await sandbox.exec({ argv: ["sh", "-c", script, "sh", ...profile.repositorySettings], cwd: worktree }, signal);
  process.stdin.on("error", () => {});
  process.stdin.end();
  process.stderr.resume();
  const [out] = await Promise.all([text(process.stdout), process.exited]);
  const names = new Set(out.slice(0, maximumOutput).split("\n"));
  return profile.repositorySettings.filter((name) => names.has(name));
}
