import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { UserError } from "../kernel/errors.ts";
import type { RuntimeFiles } from "../runtime-files.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import type { AgentProfile } from "./agent-profile.ts";
import { lastWords } from "./hostile-text.ts";
import { fillSettings, type Places } from "./places.ts";

/** Folder of streamed-in agent files, outside every worktree. Made anew for each session. */
const folderName = ".gatehouse-agent";

const prepare = 'umask 077; if [ -d "$1" ] && [ ! -L "$1" ]; then chmod -R u+rwX "$1"; fi; rm -rf -- "$1" && mkdir -- "$1"';
const place = 'umask 077; set -C; cat > "$1" && chmod 0444 "$1" && wc -c < "$1"';
/** Removes what stands below the folder $1 under the other names. */
const clear = 'cd -P -- "$1" || exit 1; shift; for path; do rm -rf -- "./$path"; done';
/** Copies a regular file of at most 256 KiB; without it the target goes, so that nothing old stays. */
const copy = `
umask 077
rm -f -- "$2"
[ -f "$1" ] && [ ! -L "$1" ] || exit 0
mkdir -p -- "\${2%/*}" && head -c 262144 < "$1" > "$2"
`;
const seal = 'chmod 0555 "$1"';
/** Writes over $2 below the folder $1; a folder on the way that is a link, or a link in its place, is replaced. */
const settle = `
umask 077
cd -P -- "$1" || exit 1
rest=$2
while :; do
  case $rest in */*) ;; *) break ;; esac
  name=\${rest%%/*} rest=\${rest#*/}
  [ ! -L "./$name" ] || rm -f -- "./$name"
  [ -d "./$name" ] || mkdir -- "./$name" || exit 1
  cd -P -- "./$name" || exit 1
done
rm -rf -- "./$rest" && set -C && cat > "./$rest" && wc -c < "./$rest"
`;

/** Where the profile's places are in this sandbox. */
export async function placesIn(sandbox: Sandbox, worktree: string, signal: AbortSignal): Promise<Places> {
  const machine = (await run(sandbox, "uname -m", [], null, signal)).trim();
  const arch = machine === "aarch64" || machine === "arm64" ? "arm64" : "x64";
  return { agent: `${sandbox.home}/${folderName}`, packages: sandbox.packages, home: sandbox.home, worktree, arch };
}

/** Streams the profile's files into the sandbox. AGENT_FAILED where that fails. */
export async function placeAgentFiles(
  parts: { readonly sandbox: Sandbox; readonly profile: AgentProfile; readonly files: RuntimeFiles; readonly places: Places },
  signal: AbortSignal,
): Promise<void> {
  const { sandbox, profile, files, places } = parts;
  const folder = places.agent;
  if (profile.clearedSettings.length > 0) await run(sandbox, clear, [sandbox.home, ...profile.clearedSettings], null, signal);
  for (const file of profile.homeFiles) {
    const content = Buffer.from(fillSettings(file.content, places), "utf8");
    const written = await run(sandbox, settle, [sandbox.home, file.path], content, signal);
    if (Number(written.trim()) !== content.byteLength) throw notPlaced(`${file.path} arrived incomplete`);
  }
  for (const { from, to } of profile.instructions)
    await run(sandbox, copy, [`${places.worktree}/${from}`, `${sandbox.home}/${to}`], null, signal);
  if (profile.files.length === 0) return;
  await run(sandbox, prepare, [folder], null, signal);
  for (const file of profile.files) {
    const content = await readSource(file.source, files);
    const written = await run(sandbox, place, [`${folder}/${file.name}`], content, signal);
    if (Number(written.trim()) !== content.byteLength) throw notPlaced(`${file.name} arrived incomplete`);
  }
  await run(sandbox, seal, [folder], null, signal);
}

async function readSource(source: AgentProfile["files"][number]["source"], files: RuntimeFiles): Promise<Buffer> {
  const path = { "practice-agent": files.practiceAgent, "gate-post": files.gatePost }[source];
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(
      "AGENT_FAILED",
      `The file ${path} of the agent is not there.`,
      "Install Gatehouse again, or run `npm run build` in a checkout.",
      { cause: error },
    );
  }
}

async function run(
  sandbox: Sandbox,
  script: string,
  parameters: readonly string[],
  input: Buffer | null,
  signal: AbortSignal,
): Promise<string> {
  const process = await sandbox.exec({ argv: ["sh", "-c", script, "sh", ...parameters], cwd: sandbox.home }, signal);
  process.stdin.on("error", () => {});
  process.stdin.end(input ?? Buffer.alloc(0));
  const [out, errors, exit] = await Promise.all([buffer(process.stdout), buffer(process.stderr), process.exited]);
  if (exit.code === 0) return out.toString("utf8");
  throw notPlaced(lastWords(errors.toString("utf8"), 500));
}

function notPlaced(why: string): UserError {
  return new UserError(
    "AGENT_FAILED",
    `The agent's files could not be placed in the sandbox: ${why}.`,
    "Start the task again; look at the free space of the sandbox if it fails again.",
  );
}
