import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { builtScript } from "../../../testing/built-script.ts";
import { mcpHost } from "../../../testing/mcp-site.ts";
import { scriptedProvider } from "../../../testing/scripted-provider.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";

async function bridge(headers: Readonly<Record<string, string>>, url = `https://${mcpHost}/mcp`, proxy?: string) {
  const provider = await scriptedProvider();
  onTestFinished(async () => await provider.close());
  const authorities = join(temporaryFolder(), "authorities.pem");
  writeFileSync(authorities, provider.authority);
  const env = { HTTPS_PROXY: proxy ?? provider.proxy, NODE_EXTRA_CA_CERTS: authorities, MCP_HEADERS: JSON.stringify(headers) };
  const script = await builtScript("electron/core/mcp/http-bridge/main.ts");
  const child = spawn(process.execPath, [script, url], { env, stdio: ["pipe", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: unknown[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line)));
  const say = (message: object) => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { provider, say, lines, ended, close: () => child.stdin.end() };
}

test("lines go to the server through the proxy, and what it answers comes back as lines, also from a stream of events", async () => {
  const { provider, say, lines, ended, close } = await bridge({ Authorization: "Bearer stands-for-it" });
  say({ id: 1, method: "initialize", params: {} });
  say({ method: "notifications/initialized" });
  say({ id: 2, method: "tools/list" });
  say({ id: "x", method: "tools/call", params: { name: "look", arguments: { at: "cellar" } } });
  await expect.poll(() => lines).toHaveLength(3);
  expect(lines[0]).toMatchObject({ id: 1, result: { protocolVersion: "2025-06-18" } });
  expect(lines).toContainEqual(expect.objectContaining({ id: 2, result: { tools: [expect.objectContaining({ name: "look" })] } }));
  expect(lines).toContainEqual(
    expect.objectContaining({ id: "x", result: { content: [{ type: "text", text: "The house has a cellar." }] } }),
  );
  expect(provider.reached).toEqual(provider.reached.map(() => `${mcpHost}:443`));
  close();
  expect(await ended).toBe(0);
  expect(new Set(provider.mcpAsked)).toEqual(new Set(["Bearer stands-for-it"]));
});

test("a server that refuses, and a gateway that is not there, are errors for the one who asked", async () => {
  const refusing = await bridge({});
  refusing.say({ id: 1, method: "initialize", params: {} });
  await expect
    .poll(() => refusing.lines)
    .toEqual([{ jsonrpc: "2.0", id: 1, error: { code: -32_000, message: `${mcpHost}: it answered 401` } }]);
  const alone = await bridge({}, undefined, "http://127.0.0.1:9");
  alone.say({ method: "notifications/initialized" });
  alone.say({ id: 7, method: "tools/list" });
  await expect.poll(() => alone.lines).toEqual([expect.objectContaining({ id: 7, error: expect.objectContaining({ code: -32_000 }) })]);
});
