import { afterAll } from "vitest";
import { type AgentBench, agentBench } from "./real-agents.ts";

/**
 * One agent's sandbox for several tests of a suite, made when the first of them asks and removed after the last. Each
 * asks anew: its worktree is then as committed, and its home has no files of tests. Call where the suite is described.
 */
export function sharedBench(id: string): () => Promise<AgentBench> {
  const down: (() => Promise<unknown>)[] = [];
  let made: Promise<AgentBench> | null = null;
  afterAll(async () => {
    for (const step of down.toReversed()) await step();
  });
  return async () => {
    const isNew = made === null;
    made ??= agentBench(id, {}, { later: (step) => void down.push(step) });
    const bench = await made;
    if (!isNew)
      await bench.run(`cd ${bench.worktree} && git checkout -q . && git clean -fdxq && rm -f ~/after ~/pid ~/slept ~/never ~/made`);
    return bench;
  };
}
