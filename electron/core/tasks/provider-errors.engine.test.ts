import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { Task } from "#shared/contract/task.ts";
import { failureOf } from "#shared/domain/provider-failure.ts";
import { describeWith } from "../../testing/engines.ts";
import { office, storeKey } from "../../testing/office.ts";
import type { TaskBench } from "../../testing/task-bench.ts";
import { scripted, type Step } from "../agents/scripted-model/script.ts";

interface Trouble {
  readonly answer: Step;
  /** What the person reads. */
  readonly words: RegExp;
}

const fails = (fail: number, type: string, message: string, retryAfter?: number): Step =>
  retryAfter === undefined ? { fail, type, message } : { fail, type, message, retryAfter };
const refusedKey = /refused the key \(40[01]\)\. Look at the secret 'key-of-\w+' in the Vault/u;
const busy = /too much is asked at once \(429\)\. It asks to wait 7 s\..*run fewer tasks/u;
const usedUp = /credit or quota is used up \(4\d\d\)\. Add credit/u;
const overloaded = /is overloaded \(5\d\d\)\..*later/u;
const noModel = /does not know what was asked for \(404\), most likely the model\. Choose another/u;
const network = /did not answer: .+ Look at the connection/u;
const silent: Trouble = { answer: { hang: true }, words: /has taken a call and not answered it for \d+ s\. .*send the agent a message/u };
const reset: Trouble = { answer: { reset: true }, words: network };

const anthropic: readonly Trouble[] = [
  { answer: fails(401, "authentication_error", "invalid x-api-key"), words: refusedKey },
  { answer: fails(429, "rate_limit_error", "This request would exceed your organization's rate limit", 7), words: busy },
  { answer: fails(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."), words: usedUp },
  { answer: fails(529, "overloaded_error", "Overloaded"), words: overloaded },
  { answer: fails(404, "not_found_error", "model: claude-none"), words: noModel },
  reset,
];
const openAi: readonly Trouble[] = [
  { answer: fails(401, "invalid_api_key", "Incorrect API key provided"), words: refusedKey },
  { answer: fails(429, "rate_limit_exceeded", "Rate limit reached for requests", 7), words: busy },
  { answer: fails(429, "insufficient_quota", "You exceeded your current quota"), words: usedUp },
  { answer: fails(503, "server_error", "The engine is currently overloaded"), words: overloaded },
  { answer: fails(404, "model_not_found", "The model `gpt-none` does not exist"), words: noModel },
  reset,
  silent,
];
const gemini: readonly Trouble[] = [
  { answer: fails(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), words: refusedKey },
  { answer: fails(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted", 7), words: busy },
  { answer: fails(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing"), words: usedUp },
  { answer: fails(503, "UNAVAILABLE", "The model is overloaded. Please try again later."), words: overloaded },
  { answer: fails(404, "NOT_FOUND", "models/gemini-none is not found"), words: noModel },
  reset,
];
const agents = [
  ["claude-code", anthropic],
  ["codex", openAi],
  ["gemini", gemini],
  ["opencode", anthropic],
] as const;

describeWith("agents", "what a provider answers in place of an answer", () => {
  test("is told apart on the card, with what to do about it, whatever the agent says of it; and the task goes on when it is over", {
    timeout: 300_000,
  }, async () => {
    const { bench, provider } = await office();
    await bench.client.settings.update({ maximumRuns: agents.length, maximumRunsPerRepository: agents.length });
    await storeKey(bench, "anthropic", `sk-ant-api03-${randomBytes(24).toString("hex")}`, "key-of-anthropic");
    await storeKey(bench, "openai", `sk-proj-${randomBytes(24).toString("hex")}`, "key-of-openai");
    await storeKey(bench, "gemini", `AIzaSy${randomBytes(24).toString("hex")}`.slice(0, 39), "key-of-gemini");
    await bench.client.policy.setRules({ rules: { deny: [], allow: ["shell(touch:*)"], ask: [] } });
    const through = async (agentId: string, troubles: readonly Trouble[]): Promise<Task> => {
      const [first, ...rest] = [...troubles.map(({ answer }) => [answer]), last];
      const created = await bench.create(scripted("Go.", first), agentId, { agentId });
      const task = await bench.client.tasks.start({ id: created.id });
      await bench.untilTask(task.id, ({ state }) => state.state === "running" && state.stage === "working");
      for (const [index, next] of rest.entries()) {
        await untilHeard(bench, task);
        await say(bench, task, next, "after-turn");
        await untilTold(bench, task, troubles[index]?.words ?? /never/u);
        // Some agents give up by themselves and go on with what waits; the others would try again for minutes.
        const goesOn = await untilHeard(bench, task, 4_000).then(
          () => true,
          () => false,
        );
        if (!goesOn) await bench.client.tasks.message({ id: task.id, text: "Now.", when: "now" });
      }
      const reviewed = await bench.until(task, "review", "stopped");
      expect(reviewed.state, agentId).toMatchObject({ state: "review" });
      const { files } = await bench.client.tasks.diff({ id: task.id });
      expect(
        files.map(({ path }) => path),
        agentId,
      ).toEqual(["made.txt"]);
      return task;
    };
    const gone = await Promise.allSettled(agents.map(async ([agentId, troubles]) => await through(agentId, troubles)));
    expect(gone.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []))).toEqual([]);
    // One that gives up with nothing waiting says why, and goes on in its own session when it is asked to try again.
    const taskOf = (id: string) => {
      const task = gone.flatMap((one) => (one.status === "fulfilled" && one.value.agentId === id ? [one.value] : []))[0];
      if (task === undefined) throw new Error(`${id} is not among them.`);
      return task;
    };
    const claude = taskOf("claude-code");
    provider.outage = { status: 429, retryAfter: 90 };
    await say(bench, claude, [{ run: "touch again.txt" }, { say: "It is over." }], "now");
    await bench.untilTask(claude.id, ({ state }) => state.state === "running");
    const failure = failureOf(await bench.until(claude, "stopped"));
    expect(failure).toMatchObject({ kind: "rate", secret: "key-of-anthropic" });
    expect((failure?.retryAt ?? 0) - Date.now()).toBeGreaterThan(30_000);
    provider.outage = null;
    await bench.client.tasks.retry({ id: claude.id });
    await expect(bench.client.tasks.retry({ id: claude.id })).rejects.toMatchObject({ code: "CONFLICT" });
    await bench.until(claude, "review");
    expect((await bench.client.tasks.diff({ id: claude.id })).files.map(({ path }) => path)).toEqual(["again.txt", "made.txt"]);
    expect(await noticesOf(bench, claude)).toContainEqual(
      expect.stringContaining("Goes on after its provider failed, in its worktree, by the"),
    );

    const codex = taskOf("codex");
    await provider.close();
    const told = (await noticesOf(bench, codex)).length;
    await say(bench, codex, [{ say: "Nobody hears this." }], "now");
    await untilTold(bench, codex, /did not answer: .+ Look at the proxy in the settings/u, told);
  });
});

const last: readonly Step[] = [{ run: "touch made.txt" }, { say: "It is over." }];

/** `now` cuts the agent's turn off. */
async function say({ client }: TaskBench, { id }: Task, steps: readonly Step[], when: "now" | "after-turn"): Promise<void> {
  await client.tasks.message({ id, text: scripted("Go on.", steps), when });
}

/** Until the agent has got all that was said to it. */
async function untilHeard(bench: TaskBench, task: Task, timeout = 90_000): Promise<void> {
  const waiting = async () => (await bench.timeline(task)).filter((entry) => entry.kind === "person" && entry.delivery === "queued").length;
  await expect.poll(waiting, { timeout, interval: 100, message: `${task.title} hears` }).toBe(0);
}

async function noticesOf(bench: TaskBench, task: Task): Promise<readonly string[]> {
  return (await bench.timeline(task)).flatMap((entry) => (entry.kind === "notice" ? [entry.text] : []));
}

async function untilTold(bench: TaskBench, task: Task, words: RegExp, from = 0): Promise<void> {
  const wanted = async () => (await noticesOf(bench, task)).slice(from).join("\n");
  await expect.poll(wanted, { timeout: 90_000, interval: 250, message: task.title }).toMatch(words);
}
