import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { expect, onTestFinished, test } from "vitest";
import { RunLimits } from "#shared/contract/task.ts";
import { checkoutRoot } from "../../../testing/checkout-root.ts";
import { describeWith } from "../../../testing/engines.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { runtimeFiles } from "../../runtime-files.ts";
import { createDockerDriver } from "./docker-driver.ts";

// A minute and more: it fetches some 40 MB from the Debian archive.
describeWith(["docker", "agents"], "the layer of a language", () => {
  test("Python is installed out of Debian packages with its progress told, is there the second time, and works in a sandbox", {
    timeout: 300_000,
  }, async () => {
    const docker = new Docker();
    const version = randomId("python");
    const baseImage = `gatehouse-test-base:${version}`;
    const testBase = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
    await docker.getImage(testBase).tag({ repo: "gatehouse-test-base", tag: version });
    onTestFinished(async () => await docker.getImage(baseImage).remove());
    const common = { clock: systemClock, logger: silentLogger(), installId: `language-${process.pid}` };
    const driver = createDockerDriver({ ...common, files: runtimeFiles(checkoutRoot()), baseImage: () => baseImage });
    onTestFinished(async () => await driver.close());
    const software = { tools: ["python" as const], packages: null };
    const own = async () => (await driver.images()).filter(({ root }) => root.name === baseImage);
    onTestFinished(async () => {
      for (const { name } of (await own()).toReversed()) await docker.getImage(name).remove();
    });
    const lines: string[] = [];
    await driver.prepare(software, (line) => lines.push(line));
    expect(lines).toContain("Making tools for python");
    expect(lines.some((line) => line.startsWith("Setting up python3-venv"))).toBe(true);
    const again: string[] = [];
    const began = performance.now();
    await driver.prepare(software, (line) => again.push(line));
    expect(again).toEqual([]);
    expect(performance.now() - began).toBeLessThan(10_000);
    const [base, layer, ...more] = await own();
    expect(more).toEqual([]);
    expect(layer).toMatchObject({ kind: "tools", holds: "tools for python", below: base?.name });
    expect(layer?.ownBytes).toBeGreaterThan(20_000_000);

    const limits = RunLimits.parse({});
    const sandbox = await driver.create({ id: randomId("sbx"), taskId: randomId("t"), runId: randomId("run"), limits, software });
    onTestFinished(async () => await sandbox.remove());
    const script = 'cd "$HOME" && python3 -m venv v && v/bin/python -c "import pip, ssl; print(6 * 7)" && id -u && ls /sys/class/net';
    const process_ = await sandbox.exec({ argv: ["sh", "-c", script], cwd: sandbox.workspace });
    process_.stdin.end();
    const [out, errors] = await Promise.all([text(process_.stdout), text(process_.stderr)]);
    expect(`${out}${errors}`).toBe("42\n1000\nlo\n");
  });
});
