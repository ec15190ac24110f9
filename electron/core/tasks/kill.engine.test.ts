import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import * as z from "zod";
import { RequestId, TaskId } from "#shared/contract/ids.ts";
import { RunStage } from "#shared/contract/task.ts";
import { builtScript } from "../../testing/built-script.ts";
import { describeWith } from "../../testing/engines.ts";
import { steps, TaskBench } from "../../testing/task-bench.ts";

const Fact = z.union([
  z.object({ folder: z.string(), first: TaskId, second: TaskId }),
  z.object({ stage: RunStage }),
  z.object({ asked: RequestId }),
]);
type Fact = z.infer<typeof Fact>;

/** Moments at which the process is killed: on entering a stage, or once a person has been asked. */
const moments = ["preparing-sandbox", "handing-over-code", "starting-agent", "working", "asked", "collecting-work"] as const;

for (const { engine, sandbox } of [
  { engine: "docker", sandbox: "docker" },
  { engine: "local-sandbox", sandbox: "local" },
] as const) {
  describeWith(engine, `core killed while a task runs in ${sandbox}`, () => {
    for (const moment of moments) {
      test(`kill -9 at ${moment}: true states, no orphan, nothing twice, and the task goes on`, async () => {
        const { folder, first, second, asked } = await killedAt(sandbox, moment);
        await using bench = await TaskBench.open(sandbox, {}, folder);

        const stage = moment === "asked" ? "working" : moment;
        const [killed] = (await board(bench)).filter(({ id }) => id === first);
        expect(killed).toMatchObject({
          pendingRequests: 0,
          activity: null,
          state: { state: "stopped", reason: { kind: "interrupted", stage } },
        });
        expect((await bench.timeline({ id: first })).at(-1)).toMatchObject({ kind: "stop", reason: { kind: "interrupted" } });
        expect(bench.core.opened?.permissions.pending()).toEqual([]);
        if (asked !== null) expect(await bench.verbs({ id: first })).toContain("permission.expire note");

        const queued = (await board(bench)).find(({ id }) => id === second);
        if (queued?.state.state === "backlog") await bench.client.tasks.start({ id: second });
        await bench.until({ id: second }, "review");
        const ofFirst = (await bench.client.sandboxes.list({})).filter(({ taskId }) => taskId === first);
        const mayGoOn = stage !== "preparing-sandbox" && stage !== "handing-over-code";
        expect(ofFirst.map(({ state }) => state)).toEqual(mayGoOn ? ["stopped"] : []);

        await bench.client.tasks.message({ id: first, text: steps({ write: "more.txt", content: "more\n" }) });
        const hadBegun = stage === "working" || stage === "collecting-work";
        if (!hadBegun) await bench.answer(await bench.prompt({ id: first }), "allow-once");
        await bench.until({ id: first }, "review");
        const paths = (await bench.client.tasks.diff({ id: first })).files.map(({ path }) => path);
        if (hadBegun) expect(paths).toContain("more.txt");
        else expect(paths).toEqual(["asked.txt", "left.txt"]);
        if (moment === "asked") expect(paths).toEqual(["left.txt", "more.txt"]);
        if (moment === "collecting-work") expect(paths).toEqual(["asked.txt", "left.txt", "more.txt"]);
        await expect(bench.client.audit.verify({})).resolves.toMatchObject({ result: "intact" });
      });
    }
  });
}

async function board(bench: TaskBench) {
  for await (const event of await bench.client.tasks.board({})) if (event.kind === "snapshot") return event.tasks;
  throw new Error("The board has no snapshot.");
}

async function killedAt(sandbox: string, moment: (typeof moments)[number]) {
  const child = spawn(process.execPath, [await builtScript("electron/testing/processes/core-to-kill.ts"), sandbox]);
  const words: string[] = [];
  child.stderr.on("data", (chunk: Buffer) => words.push(chunk.toString("utf8")));
  const exited = once(child, "exit");
  let place: Extract<Fact, { folder: string }> | null = null;
  let asked: RequestId | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const fact = Fact.parse(JSON.parse(line));
    if ("folder" in fact) place = fact;
    if ("asked" in fact) asked = answerUnless(moment === "asked", child, fact.asked);
    if (("stage" in fact && fact.stage === moment) || ("asked" in fact && moment === "asked")) child.kill("SIGKILL");
  }
  await exited;
  if (place === null || child.signalCode !== "SIGKILL") throw new Error(`The core ended by itself: ${words.join("")}`);
  return { ...place, asked: moment === "asked" ? asked : null };
}

/** The run goes on only for the moment after it. */
function answerUnless(isTheMoment: boolean, child: ChildProcessWithoutNullStreams, asked: RequestId): RequestId {
  if (!isTheMoment) child.stdin.write("\n");
  return asked;
}
