import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scriptedAgent } from "../../testing/scripted-agent.ts";

/** Runs a turn of an agent that starts these, then never answers, and cancels it. */
async function cancelledTurn(start: string, between = "") {
  const { starting, host, folder, sandbox } = scriptedAgent(
    `const run = (name, program, ...words) => spawn(program, words, { stdio: "ignore", detached: true }).on("spawn", function () { writeFileSync(process.env.HOME + "/" + name, String(this.pid)); });
     ${between}
     agent.prompt = () => new Promise((done) => { agent.cancel = () => done("cancelled"); ${start}; setTimeout(() => say("started"), 300); });`,
    { limits: { cancelMs: 1_000 } },
  );
  const session = await starting;
  const pid = (name: string) => Number(readFileSync(join(folder, "home", name), "utf8"));
  onTestFinished(() => sandbox.stop());
  // What is only just older than the turn counts as of the turn.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const abort = new AbortController();
  const turn = session.prompt("go", abort.signal);
  await expect.poll(() => host.said).toContain("started");
  abort.abort();
  expect(await turn).toEqual({ kind: "cancelled" });
  return { host, session, pid };
}

test("what a cancelled turn left running is ended, whatever it did to its session and its environment", async () => {
  const { host, session, pid } = await cancelledTurn(
    `run("plain", "sleep", "3001"); run("cleared", "env", "-i", "sleep", "3002");
     run("nested", "bash", "-c", "trap '' TERM INT HUP; setsid sleep 3003 & echo $! > $HOME/grandchild; wait")`,
  );
  await expect.poll(() => ["plain", "cleared", "nested", "grandchild"].filter((name) => isRunning(pid(name)))).toEqual([]);
  expect(host.notices).toHaveLength(1);
  for (const seconds of ["3001", "3002", "3003"]) expect(host.notices[0]).toContain(`sleep ${seconds}`);
  expect(await session.prompt("again", AbortSignal.timeout(500))).toEqual({ kind: "cancelled" });
});

test("what ran before the turn stays", async () => {
  const { host, pid } = await cancelledTurn("", `run("before", "sleep", "3004");`);
  expect(isRunning(pid("before"))).toBe(true);
  expect(host.notices).toEqual([]);
  process.kill(pid("before"), "SIGKILL");
});

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
