import { text } from "node:stream/consumers";
import { UserError } from "../kernel/errors.ts";
import type { Sandbox } from "../sandbox/driver.ts";
import type { RunSecrets } from "./run-secrets.ts";

/** In memory where the engine gives `/tmp` no disk, and gone with the sandbox's end. */
const folder = "/tmp/gatehouse-secrets";

/** The value comes over standard input: it stands in no argument and in no environment. */
const writeScript = `set -e
umask 077
mkdir -p -- "$1"
[ -d "$1" ] && [ ! -L "$1" ]
rm -f -- "$1/$2"
set -C
cat > "$1/$2"`;

/**
 * Puts a value into the sandbox as a file that only its user can read, because a person said so for this run: from then on
 * the agent has it. The way for what no gateway can carry (a key for signing, a file of a build). Resolves to its path. Throws as
 * {@link RunSecrets.lend}; SANDBOX_FAILED.
 */
export async function putIntoSandbox(
  secrets: RunSecrets,
  sandbox: Sandbox,
  { name, by }: { readonly name: string; readonly by: string },
  signal: AbortSignal,
): Promise<string> {
  using lent = await secrets.lend(name, { tool: "sandbox", destination: null, grantedBy: by }, signal);
  const process = await sandbox.exec({ argv: ["sh", "-c", writeScript, "sh", folder, name], cwd: sandbox.workspace }, signal);
  process.stdin.on("error", () => undefined);
  process.stdout.resume();
  const complaint = text(process.stderr).catch(() => "");
  const copy = lent.value.use((bytes) => Buffer.from(bytes));
  process.stdin.end(copy, () => copy.fill(0));
  const { code } = await process.exited;
  if (code === 0) return `${folder}/${name}`;
  throw new UserError(
    "SANDBOX_FAILED",
    `The secret could not be written in the sandbox: ${(await complaint).slice(0, 300) || "without a reason"}.`,
    "Look at the sandbox, then try again.",
  );
}
