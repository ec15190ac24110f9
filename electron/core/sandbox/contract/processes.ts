import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { withTrace } from "../../kernel/trace.ts";
import { type Bench, checkPattern, chunk, collect, fiftyMegabytes, finish, livesIn, patternWriter } from "./kit.ts";

/** Programs, their streams, words and ends. */
export function processContract(bench: Bench): void {
  describe("a process", () => {
    test("has its own standard output, standard error and exit code", async () => {
      const ran = await finish(await bench.shell("echo out; echo err >&2; exit 3"));
      expect(ran).toEqual({ out: "out\n", err: "err\n", exit: { code: 3, signal: null } });
    });

    test("reads its standard input to the end", async () => {
      const process = await bench.shell("cat; echo done");
      process.stdin.end("one\ntwo\n");
      expect((await finish(process)).out).toBe("one\ntwo\ndone\n");
    });

    test("gets its words as they are, whatever is in them", async () => {
      const words = ["", " ", "a b", "'", '"', "$HOME", "`id`", "\\", "-n", "ü\n2", "*"];
      const process = await bench.sandbox().exec({
        argv: ["node", "-e", "console.log(JSON.stringify(process.argv.slice(1)))", "--", ...words],
        cwd: "/",
      });
      expect(JSON.parse((await finish(process)).out)).toEqual(words);
    });

    test("runs in the folder and with the variables that it is given", async () => {
      const process = await bench.shell('pwd; echo "$EXTRA"', { cwd: bench.sandbox().home, environment: { EXTRA: "a 'b' $c" } });
      expect((await finish(process)).out).toBe(`${bench.sandbox().home}\na 'b' $c\n`);
    });

    test("knows which call led to it, whatever it was given, and nothing where none did", async () => {
      const told = async () =>
        (await finish(await bench.shell(`echo "<$GATEHOUSE_CALL>"`, { environment: { GATEHOUSE_CALL: "other" } }))).out;
      expect(await withTrace("call-of-a-test", told)).toBe("<call-of-a-test>\n");
      expect((await finish(await bench.shell(`echo "<$GATEHOUSE_CALL>"`))).out).toBe("<>\n");
    });

    test("that dies of a signal says which", async () => {
      expect((await finish(await bench.shell("kill -TERM $$"))).exit).toEqual({ code: null, signal: "SIGTERM" });
      expect((await finish(await bench.shell("kill -SEGV $$"))).exit).toEqual({ code: null, signal: "SIGSEGV" });
    });

    test("that does not exist ends with 127", async () => {
      const process = await bench.sandbox().exec({ argv: ["/no/such/program"], cwd: bench.sandbox().workspace });
      expect((await finish(process)).exit).toEqual({ code: 127, signal: null });
    });

    test("in a folder that does not exist never runs", async () => {
      const cwd = "/no/such/folder";
      const outcome = await bench
        .sandbox()
        .exec({ argv: ["echo", "ran"], cwd })
        .then(finish, (error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "SANDBOX_FAILED", message: expect.stringContaining(cwd) });
      else
        expect(outcome).toMatchObject({ out: expect.not.stringMatching(/^ran/m), exit: { code: expect.toSatisfy((code) => code !== 0) } });
    });

    test("leaves nothing out of its last words, however fast it ends", async () => {
      for (let round = 0; round < 10; round += 1) {
        const ran = await finish(await bench.shell(`head -c 300000 /dev/zero | tr '\\0' x; echo end`));
        expect(ran.out.length).toBe(300_004);
        expect(ran.out.endsWith("end\n")).toBe(true);
      }
    });

    test("that ended loses nothing that a slow reader has yet to read, and keeps nobody waiting", async () => {
      const readLate = async (size: number) => {
        const process = await bench.shell(`head -c ${size} /dev/zero; printf end`);
        process.stderr.resume();
        await delay(3_000);
        expect((await finish(await bench.shell("echo meanwhile"))).out).toBe("meanwhile\n");
        expect((await collect(process.stdout)).length).toBe(size + 3);
        expect(await process.exited).toEqual({ code: 0, signal: null });
      };
      await Promise.all([60_000, 1_200_000, 1_450_000, 1_600_000, 4_000_000].map(readLate));
    });

    test("that nobody reads ends all the same", async () => {
      const process = await bench.shell("echo unread; echo unread >&2; exit 4");
      expect(await process.exited).toEqual({ code: 4, signal: null });
      expect((await collect(process.stdout)).toString()).toBe("unread\n");
    });

    test("that leaves something behind on its streams still ends", async () => {
      const process = await bench.shell("sleep 60 & echo started");
      const ran = await finish(process);
      expect(ran).toMatchObject({ out: "started\n", exit: { code: 0, signal: null } });
      await process.kill("SIGKILL");
      expect(await livesIn(bench.sandbox(), "sleep 60")).toBe(false);
    });

    test("writing to one that no longer reads hurts nobody", async () => {
      const process = await bench.shell("exec 0<&-; sleep 0.3; echo over");
      for (let round = 0; round < 50; round += 1) process.stdin.write(Buffer.alloc(64 * 1024));
      process.stdin.end();
      expect((await finish(process)).out).toBe("over\n");
    });
  });

  describe("many bytes", () => {
    test("50 MB come out whole", async () => {
      const process = await bench.sandbox().exec({ argv: ["node", "-e", patternWriter], cwd: bench.sandbox().workspace });
      process.stderr.resume();
      const { length, isIntact } = await checkPattern(process.stdout);
      expect({ length, isIntact }).toEqual({ length: fiftyMegabytes, isIntact: true });
      expect(await process.exited).toEqual({ code: 0, signal: null });
    });

    test("50 MB go in whole", async () => {
      const process = await bench.sandbox().exec({ argv: ["sha256sum"], cwd: bench.sandbox().workspace });
      const result = finish(process);
      const { createHash } = await import("node:crypto");
      const hash = createHash("sha256");
      for (let written = 0; written < fiftyMegabytes; written += chunk.length) {
        hash.update(chunk);
        if (!process.stdin.write(chunk)) await once(process.stdin, "drain");
      }
      process.stdin.end();
      expect((await result).out).toBe(`${hash.digest("hex")}  -\n`);
    });

    test("a reader that pauses stalls the producer, and memory stays where it was", async () => {
      const counter = `${bench.sandbox().workspace}/written`;
      const script = `const fs=require("fs");const b=Buffer.alloc(65536,120);let n=0;for(;;){fs.writeSync(1,b);n+=b.length;fs.writeFileSync(${JSON.stringify(counter)},String(n));}`;
      const before = process.memoryUsage().rss;
      const flood = await bench.sandbox().exec({ argv: ["node", "-e", script], cwd: bench.sandbox().workspace });
      await once(flood.stdout, "readable");
      await delay(1_500);
      const first = Number((await finish(await bench.shell(`cat ${counter}`))).out);
      await delay(1_000);
      const second = Number((await finish(await bench.shell(`cat ${counter}`))).out);
      expect(first).toBeGreaterThan(0);
      expect(second).toBe(first);
      expect(second).toBeLessThan(8 * 1024 * 1024);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
      await flood.kill("SIGKILL");
      expect((await flood.exited).signal).toBe("SIGKILL");
    });

    test("a writer is made to wait for a process that does not read", async () => {
      const deaf = await bench.shell("sleep 100");
      let accepted = 0;
      for (let round = 0; round < 1_000; round += 1) {
        accepted += chunk.length;
        if (deaf.stdin.write(chunk)) continue;
        const drained = await Promise.race([once(deaf.stdin, "drain").then(() => true), delay(300).then(() => false)]);
        if (!drained) break;
      }
      expect(accepted).toBeLessThan(32 * 1024 * 1024);
      await deaf.kill("SIGKILL");
      await deaf.exited;
    });

    test("a flood of 200 MB leaves the other processes of the sandbox answering", async () => {
      const flood = await bench.shell("head -c 200000000 /dev/zero | tr '\\0' y");
      flood.stderr.resume();
      let length = 0;
      flood.stdout.on("data", (bytes: Buffer) => void (length += bytes.length));
      const ran = await finish(await bench.shell("echo here"));
      expect(ran.out).toBe("here\n");
      expect(await flood.exited).toEqual({ code: 0, signal: null });
      expect(length).toBe(200_000_000);
    });
  });
}
