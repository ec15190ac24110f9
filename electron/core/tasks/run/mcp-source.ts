import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { McpServer } from "#shared/contract/mcp.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { ActiveRun } from "./active-run.ts";

/** What is started in the sandbox to speak with a server; its values hold sentinels, never secrets. */
export interface StartableServer {
  readonly argv: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** How long it may take to answer: where a person may be asked about its host first, as long as that takes. Milliseconds. */
  readonly answerMs: number | null;
}

/** Agents start servers without their own environment, so what leads to the gateway is handed on by name. */
const gatewayVariables = ["HTTPS_PROXY", "NODE_EXTRA_CA_CERTS"];

/** Puts what the server needs into the sandbox. AGENT_FAILED where that fails. */
export async function startableServer(run: ActiveRun, sandbox: Sandbox, { source }: McpServer): Promise<StartableServer> {
  const filled = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, run.secrets.fill(value)]));
  switch (source.kind) {
    case "program": {
      const [program = "", ...words] = source.command;
      return { argv: [program, ...words], environment: filled(source.environment), answerMs: null };
    }
    case "http": {
      const [bridge, ...values] = (await placeBridge(run, sandbox)).split("\n");
      const way = Object.fromEntries(
        gatewayVariables.map((name, index) => [name, values[index] ?? ""] as const).filter(([, value]) => value !== ""),
      );
      return {
        argv: ["node", bridge ?? "", source.url],
        environment: { ...way, MCP_HEADERS: JSON.stringify(filled(source.headers)) },
        answerMs: run.services.settings().promptExpirySeconds * 1_000 + 30_000,
      };
    }
    default:
      return assertNever(source);
  }
}

/** Writes the bridge anew; prints where it is, then the gateway's variables, a line each. */
const place = `
umask 077
folder="$HOME/.gatehouse-mcp"
rm -rf -- "$folder" && mkdir -- "$folder" && cat > "$folder/bridge.mjs" && chmod 0444 "$folder/bridge.mjs" || exit 1
printf "%s\\n" "$folder/bridge.mjs"
for name; do printf '%s\\n' "$(printenv "$name")"; done
`;

async function placeBridge(run: ActiveRun, sandbox: Sandbox): Promise<string> {
  const script = await readFile(run.services.mcpBridge);
  const process = await sandbox.exec({ argv: ["sh", "-c", place, "sh", ...gatewayVariables], cwd: sandbox.home }, run.signal);
  process.stdin.on("error", () => {});
  process.stdin.end(script);
  process.stderr.resume();
  const [out, exit] = await Promise.all([text(process.stdout), process.exited]);
  if (exit.code === 0) return out;
  const remedy = "Start the task again; look at the free space of the sandbox if it fails again.";
  throw new UserError("AGENT_FAILED", "What stands for an MCP server could not be placed in the sandbox.", remedy);
}
