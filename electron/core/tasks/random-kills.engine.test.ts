import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { agentsIn } from "../../testing/agents-in.ts";
import { builtScript } from "../../testing/built-script.ts";
import { describeWith } from "../../testing/engines.ts";
import { TaskBench } from "../../testing/task-bench.ts";

/** `GATEHOUSE_KILLS=200` kills so many times; CI has time for a few. */
const kills = Number(process.env["GATEHOUSE_KILLS"] ?? 4);
/** The moments follow from it: a series that failed can be run again. */
const firstSeed = Number(process.env["GATEHOUSE_SEED"] ?? 4_711);
/** After the start of the process: before, in and after mending, preparing, working, asking, collecting. */
const latestMs = 12_000;

/** What a core found when it was opened again; milliseconds, the first from its start and the others from then on. */
const Look = z.object({ opened: z.number(), trueAfterMs: z.number(), endedAfterMs: z.number(), problems: z.array(z.string()) });
type Look = z.infer<typeof Look>;

const Fact = z.union([
  z.object({ folder: z.string(), install: z.string() }),
  Look,
  z.object({ asked: z.string() }),
  z.object({ running: z.number() }),
]);

describeWith("docker", "core killed at any moment with ten runs going", () => {
  test(`${kills} times: no agent twice, nothing orphaned, every state true within 5 s, no prompt lost`, {
    timeout: 60_000 + kills * 40_000,
  }, async () => {
    const script = await builtScript("electron/testing/processes/ten-runs.ts");
    const asked = new Set<string>();
    const looks: Look[] = [];
    let folder = "";
    let seed = firstSeed;
    for (let kill = 0; kill < kills || folder === ""; kill++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      const afterMs = (seed >>> 8) % latestMs;
      // Every fourth is killed from its very start on, the others once the vault is open.
      const from = kill % 4 === 3 ? "start" : "open";
      const moment = kill === 0 ? null : ({ from, afterMs } as const);
      const life = await liveAndDie(script, folder, [...asked], moment);
      folder = life.folder || folder;
      for (const id of life.asked) asked.add(id);
      looks.push(...life.looks);
      const [look] = life.looks;
      if (kills > 4) process.stdout.write(`${JSON.stringify({ seed: firstSeed, kill, ...moment, ...look, problems: life.problems })}\n`);
      expect(life.problems, `after kill ${kill} of the seed ${firstSeed}`).toEqual([]);
    }
    const last = await liveAndDie(script, folder, [...asked], null);
    expect(last.problems).toEqual([]);
    expect(last.running).toBe(10);
    const spread = (of: (look: Look) => number) => {
      const sorted = looks.map(of).sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
      return { median: at(0.5), p95: at(0.95), worst: at(1) };
    };
    const figures = {
      openedMs: spread(({ opened }) => opened),
      trueAfterMs: spread(({ trueAfterMs }) => trueAfterMs),
      endedAfterMs: spread(({ endedAfterMs }) => endedAfterMs),
    };
    process.stdout.write(`${JSON.stringify({ seed: firstSeed, kills, looked: looks.length, prompts: asked.size, ...figures })}\n`);
    await using _bench = await TaskBench.open("docker", {}, folder);
  });

  test("two agents in one sandbox are told from one that forks without end", async () => {
    const name = `gatehouse-test-${process.pid}`;
    const docker = (...words: readonly string[]) => execFileSync("docker", words, { encoding: "utf8" });
    const image = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
    docker("run", "-d", "--rm", "--init", "--network", "none", "--name", name, image, "sleep", "120");
    onTestFinished(() => void docker("rm", "-f", name));
    const start = (mark: string) => {
      const program = "/* practice-agent */ setInterval(() => require('child_process').spawn('/bin/true'), 3)";
      docker("exec", "-d", "-e", `GATEHOUSE_PROCESS=${mark}`, name, "/sbin/docker-init", "-s", "--", "node", "-e", program);
    };
    start("p1");
    for (let looked = 0; looked < 20; looked++) expect(agentsIn(name)).toBe(1);
    start("p2");
    expect(agentsIn(name)).toBe(2);
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
  // `looks`: none where it was killed before it could say.
  const life = { folder: "", asked: new Set<string>(), problems: new Array<string>(), looks: new Array<Look>(), running: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    const fact = Fact.parse(JSON.parse(line));
    if ("folder" in fact) {
      life.folder = fact.folder;
      if (moment?.from === "open") killIn(moment.afterMs);
    } else if ("asked" in fact) life.asked.add(fact.asked);
    else if ("problems" in fact) {
      life.problems.push(...fact.problems);
      if (folder !== "") life.looks.push(fact);
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
