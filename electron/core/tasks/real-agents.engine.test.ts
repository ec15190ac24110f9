import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { SecretKind } from "#shared/contract/vault.ts";
import type { Task } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { office, secretName, storeKey } from "../../testing/office.ts";
import type { TaskBench } from "../../testing/task-bench.ts";
import { scripted, type Step } from "../agents/scripted-model/script.ts";

/** The agents, with how a person stores their key and where it has to come out. */
const agents = [
  {
    agentId: "claude-code",
    kind: "anthropic",
    prefix: "sk-ant-api03-",
    host: "api.anthropic.com",
    header: "x-api-key",
    as: "",
    variable: "ANTHROPIC_API_KEY",
    model: "sonnet",
    asked: "claude-sonnet",
  },
  {
    agentId: "codex",
    kind: "openai",
    prefix: "sk-proj-",
    host: "api.openai.com",
    header: "authorization",
    as: "Bearer ",
    variable: "OPENAI_API_KEY",
    model: "gpt-6-astra",
    asked: "gpt-6-astra",
  },
  {
    agentId: "gemini",
    kind: "gemini",
    prefix: "AIzaSy",
    host: "generativelanguage.googleapis.com",
    header: "x-goog-api-key",
    as: "",
    variable: "GEMINI_API_KEY",
    model: "gemini-2.5-pro",
    asked: "gemini-2.5-pro",
  },
  {
    agentId: "opencode",
    kind: "anthropic",
    prefix: "sk-ant-api03-",
    host: "api.anthropic.com",
    header: "x-api-key",
    as: "",
    variable: "ANTHROPIC_API_KEY",
    model: "anthropic/claude-opus-4-5",
    asked: "claude-opus-4-5",
  },
] as const satisfies readonly { readonly agentId: string; readonly kind: SecretKind; [key: string]: string }[];

const command = "echo made by the agent | tee made.txt";
const work: readonly Step[] = [{ run: command }, { say: "It is made." }];

describeWith("agents", "a real agent works without any network and without its key", () => {
  test.each(agents)(
    "$agentId: the key leaves the vault only on the way to the provider",
    { timeout: 240_000 },
    async ({ agentId, kind, prefix, host, header, as, variable, model, asked }) => {
      const key = `${prefix}${randomBytes(24).toString("hex")}`.slice(0, agentId === "gemini" ? 39 : undefined);
      const { bench, provider, log } = await office();
      await storeKey(bench, kind, key);
      expect(await bench.client.agents.offers({})).toEqual([]);
      const choices = [
        { option: "effort", value: "none-such" },
        { option: "model", value: model },
      ];
      const created = await bench.create(scripted("Make a file.", work), "Make a file", { agentId, choices });
      const task = await bench.client.tasks.start({ id: created.id });

      // Whoever picks an agent, stores its key and starts is asked about what it does, and about nothing else.
      const question = await bench.prompt(task);
      expect(question.request).toMatchObject({ tool: "shell", command });
      // It works with the model that was chosen, says of what it does not offer that it is not there, and fills its list of commands.
      expect(provider.seen.some(({ path, body }) => `${path}${body}`.includes(asked))).toBe(true);
      expect(JSON.stringify(await bench.timeline(task))).toContain(String.raw`does not offer the effort \"none-such\" any more.`);
      const [offer] = await bench.client.agents.offers({});
      expect(offer).toMatchObject({ agentId });
      expect(offer?.options.find(({ role }) => role === "model")?.choices.map(({ value }) => value)).toContain(model);
      for await (const { commands } of await bench.client.tasks.session({ id: task.id })) if (commands.length > 0) break;
      const sandbox = containerOf(task);
      expect(sandbox.network).toBe("none");
      const placeholder = sandbox.placeholder(variable);
      expect(placeholder).not.toBe("");
      expect(sandbox.holding(placeholder)).toContain("process");
      expect(sandbox.holding(key)).toBe("");
      await bench.answer(question, "allow-once");
      const reviewed = await bench.until(task, "review", "stopped");
      expect(reviewed.state).toMatchObject({ state: "review" });
      const { files } = await bench.client.tasks.diff({ id: task.id });
      expect(files.map(({ path }) => path)).toEqual(["made.txt"]);

      // What its command printed is on a screen of the task; Gemini CLI does not tell it, and Claude Code tells no exit code.
      const [ran] = (await bench.timeline(task)).flatMap((entry) => (entry.kind === "call" ? [entry] : []));
      expect((await screensOf(bench, task)).map(({ id, exit }) => ({ id, ...exit }))).toEqual(
        agentId === "gemini" ? [] : [{ id: ran?.terminalId, code: agentId === "claude-code" ? null : 0, signal: null, hasFailed: false }],
      );

      const calls = provider.seen.filter(({ headers }) => headers["host"] === host);
      expect(calls.length).toBeGreaterThanOrEqual(2);
      expect(new Set(calls.map(({ headers }) => headers[header]))).toEqual(new Set([`${as}${key}`]));
      expect(JSON.stringify(provider.seen)).not.toContain(placeholder);
      expect(new Set(provider.reached)).toEqual(new Set([`${host}:443`]));

      const { rows } = await bench.client.egress.list({ taskId: task.id });
      expect(rows.filter((row) => row.secret === secretName && row.host === host && row.carried === "opened").length).toBeGreaterThan(1);
      const usage = await usageOf(bench, task);
      expect(usage.total.tokens.output).toBeGreaterThan(0);
      expect(usage.byRun).toHaveLength(1);
      expect(await bench.verbs(task)).toContain("secret.use done");

      const { entries } = await bench.client.audit.list({ limit: 500, taskId: task.id });
      const uses = entries.filter(({ verb, phase }) => verb === "secret.use" && phase === "intent");
      expect(new Set(uses.map(({ detail }) => Object(detail).decidedBy))).toEqual(new Set(["start-of-task"]));
      const shown = JSON.stringify([reviewed, await bench.timeline(task), rows, entries, usage, files, await bench.client.vault.list({})]);
      expect(shown).not.toContain(key);
      expect(filesWith(key, bench.folder)).toBe("");
      expect(readFileSync(log, "utf8")).not.toContain(key);
      expect(filesWith("egress.connect", bench.folder)).toContain("audit.jsonl");
    },
  );

  test("a key that the provider refuses is said on the card, with what to do", async () => {
    const { bench } = await office();
    await storeKey(bench, "anthropic", `sk-ant-api03-${randomBytes(24).toString("hex")}`);
    const refused: Step = { fail: 401, type: "authentication_error", message: "invalid x-api-key" };
    const created = await bench.create(scripted("Try.", [refused]), "Try", { agentId: "claude-code" });
    const task = await bench.client.tasks.start({ id: created.id });
    const words = `Anthropic refused the key (401). Look at the secret '${secretName}' in the Vault: it may be revoked, or another account's.`;
    await bench.untilTask(task.id, ({ activity, state }) => activity === words || state.state !== "running");
    const notices = (await bench.timeline(task)).flatMap((entry) => (entry.kind === "notice" ? [entry.text] : []));
    expect(notices.filter((text) => text === words)).toHaveLength(1);
  });
});

/** The task's container, looked into as the user whose all of it is that can be written. */
function containerOf({ id }: Pick<Task, "id">) {
  const docker = (argv: readonly string[], input = "") => execFileSync("docker", argv, { encoding: "utf8", input }).trim();
  const container = docker(["ps", "-q", "--filter", `label=dev.gatehouse.task=${id}`]);
  const inside = (script: string, input = "") => docker(["exec", "-i", container, "bash", "-c", script], input);
  return {
    network: docker(["inspect", "-f", "{{.HostConfig.NetworkMode}}", container]),
    placeholder: (variable: string) =>
      inside(`cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | sed -n 's/^${variable}=//p' | tail -n1`),
    /** Files that hold the text, and `process` where a process has it in its environment or its arguments. */
    holding: (text: string) =>
      inside(
        `t=$(cat); find /workspace /tmp /dev/shm -xdev -type f -print0 2>/dev/null | xargs -0r grep -laFs -f <(printf %s "$t");
        for p in /proc/[0-9]*; do [ "$p" = "/proc/$$" ] || cat $p/environ $p/cmdline; done 2>/dev/null | grep -qaF -f <(printf %s "$t") && echo process; true`,
        text,
      ),
  };
}

function filesWith(text: string, folder: string): string {
  try {
    return execFileSync("grep", ["-rlaFs", "-f", "-", folder], { encoding: "utf8", input: text });
  } catch {
    return "";
  }
}

async function screensOf({ client }: TaskBench, { id: taskId }: Pick<Task, "id">) {
  for await (const event of await client.terminals.watch({ taskId })) if (event.kind === "snapshot") return event.terminals;
  throw new Error("The terminals have no snapshot.");
}

async function usageOf({ client }: TaskBench, { id }: Pick<Task, "id">) {
  for await (const usage of await client.usage.watch({ taskId: id })) return usage;
  throw new Error("There is no usage.");
}
