import { randomBytes } from "node:crypto";
import { Secret } from "../kernel/secret.ts";
import { LiveSecrets } from "./live-secrets.ts";

/** Megabytes a second through the redactor, with few and many live values, over ordinary and hostile output; and what it holds up. */
export const bench = { name: "redactor", run };

const chunkBytes = 65_536;
const megabytes = 256;

async function run(): Promise<unknown> {
  const figures: Record<string, unknown> = {};
  for (const count of [1, 10, 100]) {
    const secrets = new LiveSecrets();
    const begun = performance.now();
    for (let at = 0; at < count; at++) secrets.add(`s${at}`, Secret.fromText(`sk-ant-api03-${randomBytes(70).toString("base64url")}`));
    secrets.stream();
    const buildMs = round(performance.now() - begun);
    figures[`${count} values`] = {
      buildMs,
      logMBps: rate(secrets, fill("12:00:01 src/some/file.ts: ordinary output of a build, one line of it, status=200\n")),
      base64MBps: rate(secrets, fill(randomBytes(chunkBytes).toString("base64"))),
      binaryMBps: rate(secrets, randomBytes(chunkBytes)),
      hostileMBps: rate(secrets, fill("sk-ant-api03-")),
      addedMicrosecondsForAKey: keyLatency(secrets),
    };
  }
  return figures;
}

function fill(text: string): Buffer {
  return Buffer.alloc(chunkBytes, text);
}

function rate(secrets: LiveSecrets, chunk: Buffer): number {
  const stream = secrets.stream();
  let bytes = 0;
  for (let warm = 0; warm < 32; warm++) stream.push(chunk);
  const begun = performance.now();
  for (; bytes < megabytes * 1_048_576; bytes += chunk.length) stream.push(chunk);
  return round(bytes / 1_048_576 / ((performance.now() - begun) / 1_000));
}

function keyLatency(secrets: LiveSecrets): number {
  const stream = secrets.stream();
  const key = Buffer.from("a");
  const begun = performance.now();
  for (let at = 0; at < 100_000; at++) stream.push(key);
  return round(((performance.now() - begun) * 1_000) / 100_000);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
