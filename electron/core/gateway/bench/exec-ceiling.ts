import type { Readable } from "node:stream";
import type { Sandbox } from "../../sandbox/driver.ts";

/** What the driver's exec stream carries by itself, with nothing of the tunnel in it: no tunnel can be faster. */
export async function execCeiling(sandbox: Sandbox, bytes: number): Promise<{ readonly downMBps: number; readonly upMBps: number }> {
  return { downMBps: await intoSandbox(sandbox, bytes), upMBps: await outOfSandbox(sandbox, bytes) };
}

async function intoSandbox(sandbox: Sandbox, bytes: number): Promise<number> {
  const sink = await sandbox.exec({ argv: ["sh", "-c", "cat >/dev/null"], cwd: sandbox.workspace });
  sink.stdout.resume();
  sink.stderr.resume();
  const block = Buffer.alloc(65_536, "x");
  const begun = performance.now();
  for (let left = bytes; left > 0; left -= block.length)
    if (!sink.stdin.write(block)) await new Promise((resolve) => sink.stdin.once("drain", resolve));
  sink.stdin.end();
  await sink.exited;
  return perSecond(bytes, begun);
}

async function outOfSandbox(sandbox: Sandbox, bytes: number): Promise<number> {
  const argv = ["sh", "-c", `read go; head -c ${bytes} /dev/zero | cat`];
  const source = await sandbox.exec({ argv, cwd: sandbox.workspace });
  source.stderr.resume();
  const begun = performance.now();
  source.stdin.end("go\n");
  await drained(source.stdout);
  const rate = perSecond(bytes, begun);
  await source.exited;
  return rate;
}

async function drained(stream: Readable): Promise<void> {
  stream.resume();
  await new Promise((resolve) => stream.once("end", resolve));
}

function perSecond(bytes: number, begun: number): number {
  return Math.round(bytes / 1e3 / (performance.now() - begun));
}
