import { setTimeout as pause } from "node:timers/promises";
import type { TaskId, ViewerId } from "#shared/contract/ids.ts";
import { missing } from "../../electron/testing/engines.ts";
import { percentiles, round } from "./figures.ts";
import { noScreen, view } from "./viewer.ts";
import { type Client, WebHost } from "./web-host.ts";

const bytes = 200_000_000;
const flood = `yes 'src/some/file.ts: ordinary output of a build, one line of it' | head -c ${bytes}`;
const idleKeys = 200;
/** A person types; this one types quickly. */
const betweenKeysMs = 20;

/**
 * Milliseconds that core's event loop is late, and from a key to its echo in an operator's shell:
 * idle, and while an agent's command in another sandbox writes 200 MB to a viewer who takes all of it.
 */
export const bench = { name: "flood", run };

async function run(): Promise<unknown> {
  const reason = missing("docker");
  if (reason !== null) return { skipped: reason };
  await using host = await WebHost.open();
  await host.setUp();
  const { client } = host;
  const quiet = await host.createTask({ say: "Waiting." }, { sleep: 600_000 });
  await client.tasks.start({ id: quiet.id });
  const shell = await openShell(host, quiet.id);
  await host.read();
  const idleEcho = await shell.type(idleKeys, new AbortController().signal);
  const idle = { loop: (await host.read()).loop, echo: percentiles(idleEcho) };

  host.allowAll();
  const loud = await host.createTask({ run: "sh", args: ["-c", flood] }, { sleep: 600_000 });
  await client.tasks.start({ id: loud.id });
  const id = await host.nextTerminal(loud.id);
  await host.read();
  const begun = performance.now();
  const ended = new AbortController();
  const viewed = view(client, id, noScreen).finally(() => ended.abort());
  const [floodedEcho] = await Promise.all([shell.type(10_000, ended.signal), viewed]);
  const seconds = round((performance.now() - begun) / 1_000);
  const { loop, rssBytes } = await host.read();
  return {
    unit: "ms",
    idle,
    flooded: { loop, echo: percentiles(floodedEcho), megabytes: bytes / 1e6, seconds, coreRssMegabytes: round(rssBytes / 1e6) },
  };
}

interface Shell {
  /** Types keys until there have been `count` or `signal` aborts, and gives how long each took to come back, in milliseconds. */
  type(count: number, signal: AbortSignal): Promise<readonly number[]>;
}

/** In a shell that sends back what comes in, so that the time is the way there and back and no more. */
async function openShell({ client }: WebHost, taskId: TaskId): Promise<Shell> {
  await untilItSpoke(client, taskId);
  const { id } = await client.terminals.openShell({ taskId, columns: 80, rows: 24 });
  const frames = await client.terminals.attach({ id });
  let viewerId: ViewerId | null = null;
  const untilSeen = async (text: string) => {
    for (let seen = ""; !seen.includes(text); ) {
      const next = await frames.next();
      if (next.done === true || next.value.kind === "exit") throw new Error("The shell ended.");
      const frame = next.value;
      if (frame.kind === "attached") viewerId = frame.viewerId;
      else seen += frame.data;
      if (frame.kind !== "attached" && viewerId !== null) await client.terminals.acknowledge({ viewerId, bytes: Math.max(1, frame.bytes) });
    }
  };
  await client.terminals.input({ id, data: "stty -echo -icanon; echo re''ady; cat\n" });
  await untilSeen("ready");
  let typed = 0;
  return {
    type: async (count, signal) => {
      const times: number[] = [];
      while (times.length < count && !signal.aborted) {
        await pause(betweenKeysMs);
        const text = `k${(typed += 1)};`;
        const begun = performance.now();
        await Promise.all([client.terminals.input({ id, data: text }), untilSeen(text)]);
        times.push(performance.now() - begun);
      }
      return times;
    },
  };
}

async function untilItSpoke(client: Client, id: TaskId): Promise<void> {
  for await (const event of await client.tasks.timeline({ id })) {
    const entries = event.kind === "snapshot" ? event.entries : [event.entry];
    if (entries.some(({ kind }) => kind === "message")) return;
  }
}
