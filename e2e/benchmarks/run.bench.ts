import { missing } from "../../electron/testing/engines.ts";
import { summary } from "./figures.ts";
import { docker, WebHost } from "./web-host.ts";

const times = 5;

/**
 * Milliseconds from the start of a task to its agent's first message, stage by stage, as a page sees
 * it; beside `docker run` of the same image that prints a line, alone and as a Node program.
 */
export const bench = { name: "run", run };

async function run(): Promise<unknown> {
  const reason = missing("docker");
  if (reason !== null) return { skipped: reason };
  await using host = await WebHost.open();
  await host.setUp();
  const whole: number[] = [];
  const stages = new Map<string, number[]>();
  const plain: number[] = [];
  const node: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const seen = await firstMessage(host);
    whole.push(seen.wholeMs);
    for (const [stage, ms] of seen.stages) stages.set(stage, [...(stages.get(stage) ?? []), ms]);
    plain.push(dockerRun(seen.image, "echo", "ready"));
    node.push(dockerRun(seen.image, "node", "-e", "console.log('ready')"));
  }
  return {
    unit: "ms",
    toFirstMessage: summary(whole),
    stages: Object.fromEntries([...stages].map(([stage, values]) => [stage, summary(values).median])),
    dockerRunEcho: summary(plain),
    dockerRunNode: summary(node),
  };
}

interface FirstMessage {
  readonly wholeMs: number;
  /** How long each stage took, in order; the last one until the message. */
  readonly stages: ReadonlyMap<string, number>;
  /** Of the run's container. */
  readonly image: string;
}

async function firstMessage(host: WebHost): Promise<FirstMessage> {
  const { client } = host;
  const task = await host.createTask({ say: "Here I am." }, { sleep: 1_000 });
  const timeline = await client.tasks.timeline({ id: task.id });
  const stages = new Map<string, number>();
  const begun = performance.now();
  let stage = { name: "queued", begun };
  void client.tasks.start({ id: task.id }).catch(() => {});
  for await (const event of timeline) {
    for (const entry of event.kind === "snapshot" ? event.entries : [event.entry]) {
      if (entry.kind === "stop") throw new Error(`The run stopped: ${JSON.stringify(entry.reason)}`);
      if (entry.kind !== "stage" && entry.kind !== "message") continue;
      const now = performance.now();
      stages.set(stage.name, now - stage.begun);
      if (entry.kind === "stage") {
        stage = { name: entry.stage, begun: now };
        continue;
      }
      const image = imageOf(host);
      await ended(host, task.id);
      await client.tasks.discard({ id: task.id });
      return { wholeMs: now - begun, stages, image };
    }
  }
  throw new Error("The timeline ended before the agent had said anything.");
}

async function ended({ client }: WebHost, id: string): Promise<void> {
  for await (const event of await client.tasks.board({})) {
    const tasks = event.kind === "snapshot" ? event.tasks : event.kind === "changed" ? [event.task] : [];
    if (tasks.some((task) => task.id === id && task.state.state === "review")) return;
  }
}

function imageOf(host: WebHost): string {
  const [container = ""] = host.runningContainers();
  const [image] = docker("inspect", "--format", "{{.Config.Image}}", container);
  if (image === undefined) throw new Error("The run has no container.");
  return image;
}

function dockerRun(image: string, ...command: readonly string[]): number {
  const begun = performance.now();
  const said = docker("run", "--rm", image, ...command);
  if (said.join() !== "ready") throw new Error(`docker run said: ${said.join()}`);
  return performance.now() - begun;
}
