import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import * as z from "zod";
import { builtScript } from "../../testing/built-script.ts";
import { describeWith } from "../../testing/engines.ts";

/** Of each run's output. `GATEHOUSE_FLOOD_MEGABYTES=100` for the whole; CI has time for less, which is many times every bound too. */
const megabytes = Number(process.env["GATEHOUSE_FLOOD_MEGABYTES"] ?? 10);
const Memory = z.object({ states: z.array(z.string()), beforeBytes: z.int(), mostBytes: z.int(), afterBytes: z.int() });
const mebibyte = 1_048_576;

describeWith("docker", "ten runs that flood their terminals at once, before viewers that never draw", () => {
  test(`leave core's memory where it was, with ${megabytes} MB of output each`, { timeout: 60_000 + megabytes * 20_000 }, async () => {
    const script = await builtScript("electron/testing/processes/flooded-runs.ts");
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script, String(megabytes)]);
    const { states, beforeBytes, mostBytes, afterBytes } = Memory.parse(JSON.parse(stdout));
    process.stdout.write(`${stdout.trim()}\n`);
    expect(new Set(states)).toEqual(new Set(["review"]));
    // 5,000 lines of scrollback and a few windows of unread bytes a run, and what the collector has not taken yet.
    expect((mostBytes - beforeBytes) / mebibyte).toBeLessThan(400);
    expect((afterBytes - beforeBytes) / mebibyte).toBeLessThan(200);
  });
});
