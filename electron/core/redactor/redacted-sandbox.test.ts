import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { checkoutRoot } from "../../testing/checkout-root.ts";
import { FakeDriver } from "../../testing/fake-driver.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { Secret } from "../kernel/secret.ts";
import type { ExecSpec, Sandbox, SandboxDriver, SandboxProcess } from "../sandbox/driver.ts";
import { LiveSecrets } from "./live-secrets.ts";
import { RedactedOutput, redactedDriver } from "./redacted-sandbox.ts";

const value = "sk-ant-live-value-0123456789";

/** A driver whose sandbox is real processes, behind the redactor. */
async function open() {
  const live = new LiveSecrets();
  const sources: Readable[] = [];
  class Watched extends ProcessSandbox {
    override async exec(spec: ExecSpec, signal?: AbortSignal): Promise<SandboxProcess> {
      const process = await super.exec(spec, signal);
      sources.push(process.stdout, process.stderr);
      return process;
    }
  }
  const process = new Watched(temporaryFolder());
  onTestFinished(async () => await process.stop());
  class Driver extends FakeDriver {
    override async attach(): Promise<Sandbox> {
      return process;
    }
  }
  const driver: SandboxDriver = redactedDriver(new Driver(), live, new ManualClock());
  const sandbox = await driver.attach("sbx-000000");
  if (sandbox === null) throw new Error("The sandbox is there.");
  const say = async (script: string, more: Partial<ExecSpec> = {}) =>
    await sandbox.exec({ argv: ["sh", "-c", script], cwd: sandbox.workspace, ...more });
  return { live, say, sources };
}

test("both outputs of every process are without live values, raw, encoded and cut by pauses", async () => {
  const { live, say } = await open();
  live.add("model", Secret.fromText(value));
  const base64 = Buffer.from(`user:${value}`).toString("base64");
  const [begin, end] = [value.slice(0, 11), value.slice(11)];
  const process = await say(`printf 'key %s' '${begin}'; sleep 0.1; printf '%s\\n' '${end}'; echo ${base64} >&2`);
  const [out, error] = await Promise.all([text(process.stdout), text(process.stderr)]);
  expect(out).toBe("key [secret model]\n");
  expect(error).toContain("[secret model]");
  expect(Buffer.from(error.replace("[secret model]", ""), "base64").toString()).not.toContain("live-value");
  expect(await process.exited).toEqual({ code: 0, signal: null });
});

test("a value that comes to life later is found in streams that run already", async () => {
  const { live, say } = await open();
  const process = await say(`echo before; read line; echo ${value}`);
  const [first] = await once(process.stdout, "data");
  expect(String(first)).toBe("before\n");
  live.add("model", Secret.fromText(value));
  process.stdin.end("go\n");
  expect(await text(process.stdout)).toBe("[secret model]\n");
});

test("exact bytes are asked for by name, and then the output is not changed; errors are redacted all the same", async () => {
  const { live, say } = await open();
  live.add("model", Secret.fromText(value));
  const process = await say(`printf %s ${value}; printf %s ${value} >&2`, { output: "exact" });
  expect(await Promise.all([text(process.stdout), text(process.stderr)])).toEqual([value, "[secret model]"]);
});

test("only the relay of the tunnel and the sender of a bundle ask for exact bytes", () => {
  const asking = readdirSync(join(checkoutRoot(), "electron"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .filter((name) => /output: "exact"/.test(readFileSync(join(checkoutRoot(), "electron", name), "utf8")))
    .toSorted();
  expect(asking).toEqual(["core/gateway/tunnel/tunnel.ts", "core/repositories/hand-out.ts"]);
});

test("who destroys the output destroys its source, and a source that breaks off ends the output", async () => {
  const { say, sources } = await open();
  const process = await say("sleep 5");
  process.stdout.destroy();
  await once(process.stdout, "close");
  expect(sources[0]?.destroyed).toBe(true);
  sources[1]?.destroy(new Error("the engine is gone"));
  expect(await text(process.stderr)).toBe("");
});

test("a few bytes that may begin a value are shown after a moment; more of it are not until the rest is there", async () => {
  const clock = new ManualClock();
  const live = new LiveSecrets();
  live.add("model", Secret.fromText(value));
  const output = new RedactedOutput(live.stream(), clock);
  const seen: string[] = [];
  output.on("data", (chunk: Buffer) => seen.push(chunk.toString()));
  const write = async (bytes: string) => await new Promise<void>((resolve) => output.write(bytes, () => resolve()));
  await write("$ s");
  expect(seen.join("")).toBe("$ ");
  clock.advance(20);
  expect(seen.join("")).toBe("$ s");
  await write(`\n${value.slice(0, 12)}`);
  clock.advance(1_000);
  expect(seen.join("")).toBe("$ s\n");
  output.end(value.slice(12));
  await once(output, "end");
  expect(seen.join("")).toBe("$ s\n[secret model]");
});
