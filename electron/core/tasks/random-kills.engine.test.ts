import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import * as z from "zod";
import { builtScript } from "../../testing/built-script.ts";
import { describeWith } from "../../testing/engines.ts";
import { TaskBench } from "../../testing/task-bench.ts";

/** `GATEHOUSE_KILLS=200` kills so many times; CI has time for a few. */
const kills = Number(process.env["GATEHOUSE_KILLS"] ?? 6);
/** After the start of the process: before, in and after mending, preparing, working, asking, collecting. */
const latestMs = 12_000;

const Fact = z.union([
  z.object({ folder: z.string(), install: z.string() }),
  z.object({ opened: z.number(), trueAfterMs: z.number(), endedAfterMs: z.number(), problems: z.array(z.string()), expired: z.number() }),
  z.object({ asked: z.string() }),
  z.object({ running: z.number() }),
]);

describeWith("docker", "core killed at any moment with ten runs going", () => {
  test(`${kills} times: no agent twice, nothing orphaned, every state true within 5 s, no prompt lost`, {
    timeout: 60_000 + kills * 40_000,
  }, async () => {
    const script = await builtScript("electron/testing/processes/ten-runs.ts");
    const asked = new Set<string>();
    const trueAfter: number[] = [];
    let folder = "";
    let seed = Number(process.env["GATEHOUSE_SEED"] ?? 4_711);
    for (let kill = 0; kill < kills || folder === ""; kill++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      const afterMs = (seed >>> 8) % latestMs;
      // Every fourth is killed from its very start on, the others once the vault is open.
      const from = kill % 4 === 3 ? "start" : "open";
      const life = await liveAndDie(script, folder, [...asked], kill === 0 ? null : { from, afterMs });
      folder = life.folder || folder;
      for (const id of life.asked) asked.add(id);
      if (life.trueAfterMs !== null) trueAfter.push(life.trueAfterMs);
      expect(life.problems, `after kill ${kill}`).toEqual([]);
    }
    const last = await liveAndDie(script, folder, [...asked], null);
    expect(last.problems).toEqual([]);
    expect(last.running).toBe(10);
    trueAfter.sort((a, b) => a - b);
    process.stdout.write(
      `${JSON.stringify({
        kills,
        looked: trueAfter.length,
        prompts: asked.size,
        medianMs: trueAfter[Math.floor(trueAfter.length / 2)],
        worstMs: trueAfter.at(-1),
      })}\n`,
    );
    await using _bench = await TaskBench.open("docker", {}, folder);
  });
});

/** Opens the folder in a process of its own and kills that, so long after a moment; without one, once all ten run. */
async function liveAndDie(
  script: string,
  folder: string,
  asked: readonly string[],
  moment: { readonly from: "start" | "open"; readonly afterMs: number } | null,
) {
  const child = spawn(process.execPath, [script, folder, asked.slice(-40).join(",")], { stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk.toString("utf8")));
  const exited = once(child, "exit");
  const timers: NodeJS.Timeout[] = [];
  const killIn = (afterMs: number) => void timers.push(setTimeout(() => child.kill("SIGKILL"), afterMs));
  killIn(moment?.from === "start" ? moment.afterMs : 120_000);
  const life = { folder: "", asked: new Set<string>(), problems: new Array<string>(), trueAfterMs: noTime(), running: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    const fact = Fact.parse(JSON.parse(line));
    if ("folder" in fact) {
      life.folder = fact.folder;
      if (moment?.from === "open") killIn(moment.afterMs);
    } else if ("asked" in fact) life.asked.add(fact.asked);
    else if ("problems" in fact) {
      life.problems.push(...fact.problems);
      if (folder !== "") life.trueAfterMs = fact.trueAfterMs;
    } else {
      life.running = fact.running;
      if (moment === null) killIn(3_000);
    }
  }
  await exited;
  for (const timer of timers) clearTimeout(timer);
  if (child.signalCode !== "SIGKILL") throw new Error(`The core ended by itself: ${said.join("")}`);
  return life;
}

/** Killed before it could say. */
function noTime(): number | null {
  return null;
}
