import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Bench, finish, gather, limits, until } from "./kit.ts";

/** Coming, going, being found again. */
export function lifeContract(bench: Bench): void {
  describe("the life of a sandbox", () => {
    test("it is listed with its task and run, running, then stopped, then not at all", async () => {
      const { id, sandbox: making } = bench.make();
      const one = await making;
      const listed = async () => (await bench.driver().list()).find((summary) => summary.id === id);
      expect(await listed()).toMatchObject({
        id,
        driver: bench.driver().kind,
        taskId: "t-contract",
        runId: "r-contract",
        state: "running",
      });
      await one.stop();
      expect(await listed()).toMatchObject({ state: "stopped" });
      await one.stop();
      await one.remove();
      expect(await listed()).toBeUndefined();
      await one.remove();
      expect(await bench.subject.leftovers(id)).toEqual([]);
    });

    test("what it holds outlives stopping, and is gone with removing", async () => {
      const { id, sandbox: making } = bench.make();
      const one = await making;
      await finish(await bench.shell("echo kept > kept; mkdir -p a/b; chmod 000 a", {}, one));
      await one.stop();
      expect((await bench.subject.leftovers(id)).length).toBeGreaterThan(0);
      await one.remove();
      expect(await bench.subject.leftovers(id)).toEqual([]);
    });

    test("stopping ends its processes and settles what waits for them", async () => {
      const one = await bench.make().sandbox;
      const process = await bench.shell("trap '' TERM; echo ready; sleep 1000", {}, one);
      const ran = finish(process);
      await delay(300);
      await one.stop();
      expect((await ran).exit).toEqual({ code: null, signal: "SIGKILL" });
      expect(await one.ended).toMatch(/^The sandbox .*\.$/);
      await expect(bench.shell("true", {}, one)).rejects.toMatchObject({ code: "SANDBOX_FAILED" });
      await one.remove();
    });

    test("a fresh driver object finds it, and can stop and remove it", async () => {
      const { id, sandbox: making } = bench.make();
      const one = await making;
      const process = await bench.shell("echo ready; sleep 1000", {}, one);
      const text = gather(process.stdout);
      process.stderr.resume();
      await until(() => text().includes("ready"));
      const fresh = bench.subject.open();
      expect(await fresh.list()).toContainEqual(expect.objectContaining({ id, state: "running" }));
      const found = await fresh.attach(id);
      expect(found).toMatchObject({ id, workspace: one.workspace, home: one.home });
      if (found === null) throw new Error("not found");
      if (bench.subject.sandboxesOutliveDriver) expect((await finish(await bench.shell("echo again", {}, found))).out).toBe("again\n");
      else await expect(bench.shell("true", {}, found)).rejects.toMatchObject({ code: "SANDBOX_FAILED" });
      await found.remove();
      expect((await process.exited).signal).toBe("SIGKILL");
      expect(await one.ended).toMatch(/./);
      expect(await fresh.attach(id)).toBeNull();
      expect(await bench.subject.leftovers(id)).toEqual([]);
      await fresh.close();
    });

    test("it can be started again with what it held, and nothing else of it still runs", async () => {
      const { id, sandbox: making } = bench.make();
      const one = await making;
      await finish(await bench.shell("echo kept > kept; sleep 9001 > /dev/null 2>&1 &", {}, one));
      const fresh = bench.subject.open();
      const again = await fresh.resume({ id, taskId: "t-contract", runId: "r-again", limits });
      if (again === null) throw new Error("not found");
      expect(await one.ended).toMatch(/./);
      expect(
        (await finish(await bench.shell("cat kept; cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c '[s]leep 9001'", {}, again))).out,
      ).toMatch(/^kept\n0\n$/);
      if (bench.subject.isConfined) expect((await again.inspectPosture()).network).toBe("none");
      await again.remove();
      expect(await bench.subject.leftovers(id)).toEqual([]);
      expect(await fresh.resume({ id, taskId: "t-contract", runId: "r-again", limits })).toBeNull();
      await fresh.close();
    });

    test("there is none for an id that was never given", async () => {
      expect(await bench.driver().attach("never-made")).toBeNull();
      expect(await bench.driver().attach("../../etc")).toBeNull();
    });

    test("another install's sandbox is neither listed nor found nor harmed", async () => {
      const neighbour = bench.subject.open("contract-neighbour");
      const { id, sandbox: making } = bench.make(neighbour);
      const theirs = await making;
      expect((await bench.driver().list()).map((summary) => summary.id)).not.toContain(id);
      expect(await bench.driver().attach(id)).toBeNull();
      expect((await finish(await bench.shell("echo unharmed", {}, theirs))).out).toBe("unharmed\n");
      await theirs.remove();
      await neighbour.close();
    });

    test("making one that is called off leaves nothing, at whatever moment", async () => {
      for (const afterMs of [0, 1, 5, 15, 30, 60, 90, 120, 160, 220]) {
        const stop = new AbortController();
        const { id, sandbox: making } = bench.make(bench.driver(), stop.signal);
        const timer = setTimeout(() => stop.abort(), afterMs);
        const made = await making.catch((error: unknown) => error);
        clearTimeout(timer);
        if (stop.signal.aborted && made instanceof Error) expect(made).toMatchObject({ code: "CANCELLED" });
        else await (await bench.driver().attach(id))?.remove();
        expect(await bench.subject.leftovers(id), `called off after ${afterMs} ms`).toEqual([]);
      }
    });

    test("two with the same id: the second is refused and the first lives on", async () => {
      const { id, sandbox: making } = bench.make();
      const one = await making;
      await expect(bench.driver().create({ id, taskId: "t", runId: "r", limits })).rejects.toMatchObject({ code: "SANDBOX_FAILED" });
      expect((await finish(await bench.shell("echo alive", {}, one))).out).toBe("alive\n");
      await one.remove();
    });

    test("several live side by side without seeing each other", async () => {
      const [one, two] = await Promise.all([bench.make().sandbox, bench.make().sandbox]);
      await finish(await bench.shell("echo secret > mine", {}, one));
      const ran = await finish(await bench.shell(`cat ${one.workspace}/mine; ls -A ${two.workspace}`, {}, two));
      if (bench.subject.isConfined) expect(ran.out).not.toContain("secret");
      await Promise.all([one.remove(), two.remove()]);
    });
  });
}
