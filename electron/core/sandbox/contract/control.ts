import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Bench, finish, gather, livesIn, until, untilAsync } from "./kit.ts";

/** Terminals, signals, figures and rest. */
export function controlContract(bench: Bench): void {
  describe("a terminal", () => {
    test("has the size it was opened with, and the one it is given later", async () => {
      const process = await bench.shell("trap 'stty size' WINCH; tty; stty size; echo ready; while :; do sleep 0.1; done", {
        tty: { columns: 91, rows: 33 },
      });
      const text = gather(process.stdout);
      await until(() => text().includes("ready"));
      expect(text()).toContain("/dev/pts/");
      expect(text()).toContain("33 91");
      await process.resize({ columns: 120, rows: 40 });
      await until(() => text().includes("40 120"));
      await process.kill("SIGKILL");
      await process.exited;
    });

    test("turns typed keys into lines and signals", async () => {
      const process = await bench.sandbox().exec({
        argv: ["bash", "--norc", "--noprofile", "-i"],
        cwd: bench.sandbox().workspace,
        tty: { columns: 80, rows: 24 },
      });
      const text = gather(process.stdout);
      process.stdin.write("echo $((6*7))\r");
      await until(() => text().includes("42\r\n"));
      process.stdin.write("sleep 1000\r");
      await delay(300);
      process.stdin.write("\u0003");
      process.stdin.write("echo alive$?\r");
      await until(() => text().includes("alive130"));
      process.stdin.write("exit 5\r");
      expect(await process.exited).toEqual({ code: 5, signal: null });
    });

    test("resizing a process without one, or one that ended, does nothing", async () => {
      const process = await bench.shell("true");
      await process.resize({ columns: 80, rows: 24 });
      await finish(process);
      await process.resize({ columns: 80, rows: 24 });
    });
  });

  describe("killing", () => {
    test("SIGTERM and SIGINT reach the program, which may act on them", async () => {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        const process = await bench.shell(`trap 'echo caught; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`);
        const text = gather(process.stdout);
        await until(() => text().includes("ready"));
        await process.kill(signal);
        expect(await process.exited).toEqual({ code: 9, signal: null });
        expect(text()).toContain("caught");
      }
    });

    test("SIGKILL takes all it started: children, those that ignore signals, other sessions, double forks, cleared environments", async () => {
      const script = `trap '' TERM INT HUP
        sleep 7001 &
        setsid sleep 7002 &
        (setsid bash -c 'sleep 7003 & disown; exec sleep 7004' &)
        ${bench.subject.isConfined ? "(setsid env -i /bin/sleep 7005 &)" : "sleep 7005 &"}
        bash -c 'trap "" TERM INT; while :; do sleep 7006; done' &
        echo ready; cat; sleep 7007`;
      const process = await bench.shell(script);
      const text = gather(process.stdout);
      await until(() => text().includes("ready"));
      for (const seconds of [7001, 7002, 7003, 7004, 7005, 7006]) await untilAsync(() => livesIn(bench.sandbox(), `sleep ${seconds}`));
      await process.kill("SIGKILL");
      expect((await process.exited).signal).toBe("SIGKILL");
      expect(await livesIn(bench.sandbox(), "sleep 70")).toBe(false);
    });

    test("one process does not touch another", async () => {
      const one = await bench.shell("sleep 8001");
      const other = await bench.shell("read line; echo got $line");
      await one.kill("SIGKILL");
      await one.exited;
      other.stdin.end("through\n");
      expect((await finish(other)).out).toBe("got through\n");
    });

    test("one that has ended is quietly done", async () => {
      const process = await bench.shell("true");
      await finish(process);
      await process.kill("SIGKILL");
      await process.kill("SIGTERM");
    });

    test("SIGKILL ends one that cleared its own environment, and nothing else of the sandbox", async () => {
      const { workspace } = bench.sandbox();
      const process = await bench.sandbox().exec({ argv: ["env", "-i", "sh", "-c", "echo clear; sleep 8003"], cwd: workspace });
      process.stderr.resume();
      await new Promise((resolve) => process.stdout.once("data", resolve));
      await process.kill("SIGKILL");
      expect((await process.exited).signal).toBe("SIGKILL");
      const other = await bench.sandbox().exec({ argv: ["true"], cwd: workspace });
      other.stdout.resume();
      other.stderr.resume();
      expect((await other.exited).code).toBe(0);
    });

    test("the caller's signal ends the process", async () => {
      const stop = new AbortController();
      const process = await bench.sandbox().exec({ argv: ["sleep", "8002"], cwd: bench.sandbox().workspace }, stop.signal);
      process.stdout.resume();
      process.stderr.resume();
      stop.abort();
      expect((await process.exited).signal).toBe("SIGKILL");
      await expect(bench.sandbox().exec({ argv: ["true"], cwd: bench.sandbox().workspace }, stop.signal)).rejects.toMatchObject({
        code: "CANCELLED",
      });
    });
  });

  describe("stats", () => {
    test("count the processes, their memory and their processor time", async () => {
      const idle = await bench.sandbox().stats();
      const busy = await bench
        .sandbox()
        .exec({ argv: ["node", "-e", "const b=Buffer.alloc(60e6,1);for(;;)b[0]++"], cwd: bench.sandbox().workspace });
      await delay(1_200);
      await bench.sandbox().stats();
      await delay(1_200);
      const now = await bench.sandbox().stats();
      expect(now.pids).toBeGreaterThan(idle.pids);
      expect(now.memoryBytes).toBeGreaterThan(idle.memoryBytes + 50e6);
      expect(now.cpuPercent).toBeGreaterThan(4);
      await busy.kill("SIGKILL");
      await busy.exited;
    });
  });

  describe("a pause", () => {
    test("freezes what runs where the engine can, and whatever is started wakes it", async () => {
      const one = await bench.make().sandbox;
      const process = await bench.shell("while :; do echo tick; sleep 0.05; done", {}, one);
      const text = gather(process.stdout);
      process.stderr.resume();
      await until(() => text().includes("tick"));
      const isFrozen = await one.pause();
      await delay(200);
      const before = text().length;
      await delay(400);
      expect(text().length === before).toBe(isFrozen);
      expect(isFrozen).toBe(bench.subject.name === "docker");
      expect(await one.pause()).toBe(isFrozen);
      expect((await finish(await bench.shell("echo awake", {}, one))).out).toBe("awake\n");
      await until(() => text().length > before);
      await one.pause();
      await process.kill("SIGKILL");
      expect((await process.exited).signal).toBe("SIGKILL");
      await one.pause();
      await one.wake();
      await one.wake();
      expect((await finish(await bench.shell("echo again", {}, one))).out).toBe("again\n");
      await one.pause();
      await one.remove();
      expect(await bench.subject.leftovers(one.id)).toEqual([]);
    });
  });
}
