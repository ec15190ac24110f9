import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import * as z from "zod";
import type { McpServer } from "#shared/contract/mcp.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { UserError } from "../../kernel/errors.ts";
import type { Sandbox } from "../../sandbox/driver.ts";
import type { FoundTools } from "../../mcp/tool-list.ts";
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

/** Puts what the server needs into the sandbox. Null where its packages are not in it. AGENT_FAILED where that fails. */
export async function startableServer(run: ActiveRun, sandbox: Sandbox, { source }: McpServer): Promise<StartableServer | null> {
  const filled = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, run.secrets.fill(value)]));
  switch (source.kind) {
    case "program": {
      const [program = "", ...words] = source.command;
      return { argv: [program, ...words], environment: filled(source.environment), answerMs: null };
    }
    case "package": {
      const { serverPackages } = run.services;
      const folder = serverPackages.placeIn(sandbox, source.lock);
      if (folder === null) return null;
      const command = serverPackages.command(source, source.program, folder);
      return { argv: [...command, ...source.arguments], environment: filled(source.environment), answerMs: null };
    }
    case "http": {
      const script = await readFile(run.services.mcpScripts.bridge, "utf8");
      const [bridge, ...values] = (await placeFile(run, sandbox, { name: "bridge.mjs", content: script })).split("\n");
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

/**
 * What the agent starts in the server's place: the guard, which passes on exactly what a person confirmed. `starts`: what
 * the guard starts itself.
 */
export async function guardedServer(
  run: ActiveRun,
  sandbox: Sandbox,
  server: { readonly name: string; readonly argv: StartableServer["argv"]; readonly confirmed: FoundTools },
): Promise<{ readonly command: string; readonly args: readonly string[]; readonly starts: readonly string[] }> {
  const { instructions, tools } = server.confirmed;
  const definitions = tools.map(({ definition }) => z.json().parse(JSON.parse(definition)));
  const script = await readFile(run.services.mcpScripts.guard, "utf8");
  const [guard = ""] = (await placeFile(run, sandbox, { name: "guard.mjs", content: script })).split("\n");
  const content = JSON.stringify({ instructions, tools: definitions });
  const [pin = ""] = (await placeFile(run, sandbox, { name: `${server.name}.json`, content })).split("\n");
  return { command: "node", args: [guard, pin, ...server.argv], starts: server.argv };
}

/** Writes a file anew; prints where it is, then the gateway's variables, a line each. */
const place = `
umask 077
folder="$HOME/.gatehouse-mcp" file="$1"; shift
mkdir -p -- "$folder" && rm -rf -- "$folder/$file" && cat > "$folder/$file" && chmod 0444 "$folder/$file" || exit 1
printf "%s\\n" "$folder/$file"
for name; do printf '%s\\n' "$(printenv "$name")"; done
`;

async function placeFile(run: ActiveRun, sandbox: Sandbox, file: { readonly name: string; readonly content: string }): Promise<string> {
  const process = await sandbox.exec({ argv: ["sh", "-c", place, "sh", file.name, ...gatewayVariables], cwd: sandbox.home }, run.signal);
  process.stdin.on("error", () => {});
  process.stdin.end(file.content);
  process.stderr.resume();
  const [out, exit] = await Promise.all([text(process.stdout), process.exited]);
  if (exit.code === 0) return out;
  const remedy = "Start the task again; look at the free space of the sandbox if it fails again.";
  throw new UserError("AGENT_FAILED", "What stands for an MCP server could not be placed in the sandbox.", remedy);
}
