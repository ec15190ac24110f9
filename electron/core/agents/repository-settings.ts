import { text } from "node:stream/consumers";
import { UserError } from "../kernel/errors.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import type { AgentHost } from "./agent-session.ts";
import type { AgentProfile } from "./agent-profile.ts";

const maximumOutput = 100_000;

/** Takes tracked, unchanged files at $@ out of the worktree; prints what is left there. Commits still hold them. */
const hideScript = `
for path; do
  if [ -e "$path" ] || [ -L "$path" ]; then
    if git diff --quiet HEAD -- "$path" 2>/dev/null; then
      git ls-files -z -- "$path" | git update-index -z --skip-worktree --stdin &&
        git ls-files -z -- "$path" | xargs -0 -r rm -f -- && { [ -L "$path" ] || [ ! -d "$path" ] || find "$path" -depth -type d -empty -delete; }
    fi
    if [ -e "$path" ] || [ -L "$path" ]; then printf "%s\\n" "$path"; fi
  fi
done
`;

/**
 * Settings that an agent takes from the worktree whatever it is told are taken out of it before it starts.
 * NOT_GATED where some stand there that no commit holds: they would be lost.
 */
export async function hideRepositorySettings(
  profile: AgentProfile,
  sandbox: Sandbox,
  worktree: string,
  signal: AbortSignal,
): Promise<void> {
  if (profile.hiddenSettings.length === 0) return;
  const left = lines(await shellOutput(sandbox, worktree, hideScript, profile.hiddenSettings, signal));
  if (left.length === 0) return;
  throw new UserError(
    "NOT_GATED",
    `The task's folder holds settings of ${profile.name} that are in no commit (${left.join(", ")}); with them it could run things without asking.`,
    "Commit them or remove them in the task's shell, then start the task again.",
  );
}

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
  const names = new Set(lines(await shellOutput(sandbox, worktree, script, profile.repositorySettings, signal)));
  return profile.repositorySettings.filter((name) => names.has(name));
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

async function shellOutput(
  sandbox: Sandbox,
  worktree: string,
  script: string,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const process = await sandbox.exec({ argv: ["sh", "-c", script, "sh", ...parameters], cwd: worktree }, signal);
  process.stdin.on("error", () => {});
  process.stdin.end();
  process.stderr.resume();
  const [out] = await Promise.all([text(process.stdout), process.exited]);
  return out.slice(0, maximumOutput);
}
