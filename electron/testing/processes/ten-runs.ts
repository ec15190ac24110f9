import { execFileSync } from "node:child_process";
import { agentsIn } from "../agents-in.ts";
import { steps, TaskBench } from "../task-bench.ts";

/**
 * A core of its own with ten runs going, for a test that kills it at any moment, and opens its folder
 * again, and again. Looks at itself after each start, and says as JSON lines what it found and whom it asks.
 */
const [folder, asked = ""] = process.argv.slice(2);
const taskCount = 10;
const trueWithinMs = 5_000;
/** An engine takes its time to end ten sandboxes; until it has, they are shown as running, which is true. */
const endedWithinMs = 15_000;
const settings = { maximumRuns: taskCount, maximumRunsPerRepository: taskCount, memoryBudgetMiB: 65_536, cpuBudgetPercent: 102_400 };

const began = performance.now();
const bench = await TaskBench.open("docker", settings, folder === "" ? undefined : folder);
const install = execFileSync("cat", [`${bench.folder}/data/install-id`], { encoding: "utf8" }).trim();
const { client } = bench;
say({ folder: bench.folder, install });
const unlocked = performance.now();

/** `untrue`: a state that is not true. `left`: what has still to be ended or removed. Both empty once all is as it must be. */
async function problems(): Promise<{ readonly untrue: string[]; readonly left: string[] }> {
  const tasks = await board();
  const sandboxes = await client.sandboxes.list({});
  const found: string[] = [];
  const left: string[] = [];
  for (const { id, taskId, state } of sandboxes) {
    const task = tasks.find((task) => task.id === taskId);
    if (task === undefined) left.push(`sandbox ${id} is of no task`);
    else if (state === "running" && task.state.state !== "running") left.push(`sandbox ${id} runs, and its task is ${task.state.state}`);
    if (state === "running") found.push(...doubled(id));
  }
  for (const task of tasks) {
    const own = sandboxes.filter(({ taskId }) => taskId === task.id);
    if (own.length > 1) found.push(`task ${task.id} has ${own.length} sandboxes`);
    if (task.state.state === "running" && task.state.stage === "working" && !own.some(({ state }) => state === "running"))
      found.push(`task ${task.id} is said to work, and no sandbox of it runs`);
  }
  const kept = new Set(sandboxes.map(({ id }) => id));
  for (const [kind, list] of [
    ["container", ["ps", "-a", "--format", "{{.Names}}"]],
    ["volume", ["volume", "ls", "-q"]],
  ] as const) {
    const names = docker(...list, "--filter", `label=dev.gatehouse.install=${install}`)
      .split("\n")
      .filter(Boolean);
    for (const name of names) if (![...kept].some((id) => name.includes(id))) left.push(`${kind} ${name} is of no sandbox`);
  }
  return { untrue: found, left };
}

/** Two agents in one sandbox, if there are. */
function doubled(sandboxId: string): string[] {
  const names = docker("ps", "-q", "--filter", `name=${sandboxId}`).split("\n").filter(Boolean);
  return names.map(agentsIn).flatMap((count) => (count > 1 ? [`sandbox ${sandboxId} holds ${count} agents`] : []));
}

async function lostPrompts(): Promise<string[]> {
  const pending = new Set((bench.core.opened?.permissions.pending() ?? []).map(({ id }) => String(id)));
  const lost: string[] = [];
  for (const id of asked.split(",").filter(Boolean)) {
    if (pending.has(id)) continue;
    const { entries } = await client.audit.list({ text: id, limit: 50 });
    if (!entries.some(({ verb }) => /^permission\.(expire|answer|withdraw|deny|allow)/.test(verb)))
      lost.push(`prompt ${id} is neither pending nor ended`);
  }
  return lost;
}

let now = folder === "" ? { untrue: [], left: [] } : await problems();
let trueAfterMs = Math.round(performance.now() - unlocked);
while (now.untrue.length + now.left.length > 0 && performance.now() - unlocked < endedWithinMs) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const wasTrue = now.untrue.length === 0;
  now = await problems();
  if (!wasTrue) trueAfterMs = Math.round(performance.now() - unlocked);
}
const endedAfterMs = Math.round(performance.now() - unlocked);
const left = [...now.untrue, ...now.left];
if (trueAfterMs > trueWithinMs) left.push(`the states were true only after ${trueAfterMs} ms`);
const audit = await client.audit.verify({});
if (audit.result !== "intact") left.push(`the audit log: ${audit.problem}`);
else if ((audit.epoch ?? 0) > 0) left.push("the audit log raised an alarm");
left.push(...(await lostPrompts()));
const told = await client.audit.list({ verb: "permission.expire", limit: 1 });
say({ opened: Math.round(unlocked - began), trueAfterMs, endedAfterMs, problems: left, expired: told.total });

void tellPrompts();
for (let at = (await board()).length; at < taskCount; at++) {
  const wish =
    at % 2 === 0 ? [{ run: `echo ${at} > asked-${at}.txt` }] : [{ sleep: 200 * at }, { write: `file-${at}.txt`, content: "x\n" }];
  await bench.create(steps({ write: "first.txt", content: `${at}\n` }, ...wish, { sleep: 1_500 }), `task ${at}`);
}
for (const task of await board()) {
  if (task.state.state === "backlog" || task.state.state === "stopped") await client.tasks.start({ id: task.id }).catch(goneOnByItself);
  if (task.state.state === "review")
    await client.tasks.message({ id: task.id, text: steps({ sleep: 500 }, { run: "echo more >> more.txt" }) });
}
say({ running: (await board()).filter(({ state }) => state.state === "running" || state.state === "queued").length });
setInterval(() => {}, 1_000);

async function board() {
  for await (const event of await client.tasks.board({})) if (event.kind === "snapshot") return event.tasks;
  throw new Error("The board has no snapshot.");
}

async function tellPrompts(): Promise<void> {
  for await (const event of await client.permissions.watch({})) {
    const requests = event.kind === "snapshot" ? event.requests : [event.request];
    for (const { id, status } of requests) if (status.status === "pending") say({ asked: id });
  }
}

/** Between the look at the board and the call. */
function goneOnByItself(error: unknown): void {
  if (!(error instanceof Error) || !/cannot be started/.test(error.message)) throw error;
}

function docker(...words: readonly string[]): string {
  return execFileSync("docker", words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function say(fact: object): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}
