import { spawn } from "node:child_process";
import { missing } from "../../electron/testing/engines.ts";
import { megabytesPerSecond, round } from "./figures.ts";
import { view, xtermScreen } from "./viewer.ts";
import { WebHost } from "./web-host.ts";

const bytes = 64_000_000;
const outputs = {
  plain: `yes 'src/some/file.ts: ordinary output of a build, one line of it' | head -c ${bytes}`,
  coloured: `yes "$(printf '\\033[32m✓\\033[0m a test passed \\033[2m(\\033[1;38;5;208m12\\033[0m ms)\\033[0m')" | head -c ${bytes}`,
};

/**
 * Megabytes a second of an agent's command in a Docker sandbox, through core and a WebSocket to a
 * viewer's xterm until it has drawn the end; beside the same bytes of `docker exec` drawn by a bare xterm.
 */
export const bench = { name: "sandbox-terminal", run };

async function run(): Promise<unknown> {
  const reason = missing("docker");
  if (reason !== null) return { skipped: reason };
  await using host = await WebHost.open();
  await host.setUp();
  host.allowAll();
  const figures: Record<string, unknown> = {};
  for (const [kind, script] of Object.entries(outputs)) figures[kind] = await compare(host, script);
  return { unit: "MB/s", megabytes: bytes / 1e6, ...figures };
}

async function compare(host: WebHost, script: string) {
  const { client } = host;
  const task = await host.createTask({ run: "sh", args: ["-c", script] }, { sleep: 60_000 });
  await client.tasks.start({ id: task.id });
  const id = await host.nextTerminal(task.id);
  const begun = performance.now();
  const { snapshots, dataBytes } = await view(client, id, xtermScreen());
  const viewed = megabytesPerSecond(bytes, begun);
  const [container = ""] = host.runningContainers();
  const bare = await bareXterm(container, script);
  await client.tasks.cancel({ id: task.id });
  return { viewed, bareXterm: bare, shareSentLive: round(dataBytes / bytes), snapshots };
}

async function bareXterm(container: string, script: string): Promise<number> {
  const screen = xtermScreen();
  const begun = performance.now();
  const child = spawn("docker", ["exec", container, "sh", "-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const chunk of child.stdout) await screen.draw(chunk);
  return megabytesPerSecond(bytes, begun);
}
