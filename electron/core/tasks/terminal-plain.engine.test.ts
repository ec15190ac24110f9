import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { SecretKind } from "#shared/contract/vault.ts";
import { interfaceOf, untilShown } from "../../testing/agent-terminal.ts";
import { describeWith } from "../../testing/engines.ts";
import { office, storeKey } from "../../testing/office.ts";

const subjects: readonly (readonly [string, SecretKind, string])[] = [
  ["gemini", "gemini", `AIzaSy${randomBytes(24).toString("hex")}`.slice(0, 39)],
  ["opencode", "anthropic", `sk-ant-api03-${randomBytes(24).toString("hex")}`],
];

describeWith("agents", "the own terminal interfaces of real agents without hooks", () => {
  test("work, with the keys outside, and are said to be held by the sandbox alone", { timeout: 240_000 }, async () => {
    const { bench, provider } = await office();
    await bench.client.settings.update({ maximumRuns: 2, maximumRunsPerRepository: 2 });
    const works = async ([agentId, kind, key]: (typeof subjects)[number]) => {
      await storeKey(bench, kind, key, `key-of-${kind}`);
      const { id } = await bench.client.tasks.create({
        ...{ title: "In a terminal", prompt: "Good morning." },
        ...{ repositoryId: bench.repositoryId, baseBranch: null, agentId, interface: "terminal" },
      });
      const task = await bench.client.tasks.start({ id });
      const terminal = await interfaceOf(bench, task);
      // What the model says to whoever sends it no script.
      await untilShown(bench, terminal, "There is no script in the prompt.");
      expect(
        provider.seen.some(({ headers }) => Object.values(headers).some((value) => value.includes(key))),
        agentId,
      ).toBe(true);
      const notices = (await bench.timeline(task)).flatMap((entry) => (entry.kind === "notice" ? [entry.text] : []));
      expect(notices.join("\n"), agentId).toContain("ask: the sandbox alone holds it.");
      const { entries } = await bench.client.audit.list({ limit: 500, taskId: id });
      expect(entries.find(({ verb, phase }) => verb === "agent.start" && phase === "intent")?.detail).toMatchObject({
        ...{ interface: "terminal", gate: "none" },
      });
      await bench.client.tasks.finish({ id });
      expect((await bench.until(task, "review", "stopped")).state, agentId).toMatchObject({ state: "review" });
    };
    await Promise.all(subjects.map(works));
  });
});
