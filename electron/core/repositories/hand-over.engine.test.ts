import { createWriteStream, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { randomFillSync } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { RunLimits } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { fixtureTask, repositoryFixture, sh } from "../../testing/git-fixture.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { systemClock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { createDockerDriver } from "../sandbox/docker/docker-driver.ts";
import type { Sandbox, SandboxDriver } from "../sandbox/driver.ts";
import { createHandOver } from "./git-hand-over.ts";

const sandboxImage = fileURLToPath(new URL("../../../resources/sandbox-image", import.meta.url));
const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
const megabytes = Number(process.env["GATEHOUSE_TEST_REPOSITORY_MB"] ?? "200");
/** How much more memory core may hold while it passes a repository through, whatever the repository's size. */
const memoryBoundBytes = 128 * 1_048_576;

describeWith("docker", "the hand-over into Docker and back", () => {
  const handOver = createHandOver();
  const { signal } = new AbortController();
  let driver: SandboxDriver;

  beforeAll(async () => {
    const installId = `test-hand-over-${process.pid}`;
    driver = createDockerDriver({
      installId,
      files: { sandboxImage },
      baseImage: () => baseImage,
      clock: systemClock,
      logger: silentLogger(),
    });
    await driver.buildImage(() => undefined);
  });
  afterAll(async () => await driver.close());

  async function begin(repositoryPath: string) {
    const limits = RunLimits.parse({ memoryMiB: 1_024 });
    const sandbox = await driver.create({ id: randomId("sbx"), taskId: fixtureTask, runId: randomId("run"), limits });
    onTestFinished(async () => await sandbox.remove());
    const handedIn = await handOver.handIn(
      { sandbox, repositoryPath, baseBranch: "main", taskId: fixtureTask, continueFrom: null },
      signal,
    );
    return {
      sandbox,
      handedIn,
      agent: async (script: string) => await run(sandbox, handedIn.worktree, script),
      handOut: async () => (await handOver.handOut({ sandbox, repositoryPath, handedIn, taskId: fixtureTask }, signal)).head,
    };
  }

  test("work goes in, comes back and is accepted", async () => {
    const host = repositoryFixture();
    const { agent, handOut, handedIn } = await begin(host);
    expect(await agent("git config user.email; git branch --show-current; git status --porcelain; cat a.txt")).toBe(
      `agent@gatehouse.invalid\n${handedIn.branch}\none`,
    );
    await agent("echo two > a.txt; git commit -qam two; printf x > 'left\nover'");
    const head = await handOut();
    const diff = await handOver.diff({ repositoryPath: host, base: handedIn.base, head, baseBranch: "main" });
    expect(diff.files.map(({ path }) => path)).toEqual(["a.txt", "left\nover"]);
    await handOver.accept({ repositoryPath: host, taskId: fixtureTask, head, branch: "work" });
    expect(sh(host, "git log --format=%s work; git status --porcelain")).toBe("Changes that the agent left uncommitted\ntwo\nfirst");
  });

  test("a sandbox that dies in the middle is an error, and the repository stays as it was", async () => {
    const host = repositoryFixture();
    const { sandbox, agent, handOut } = await begin(host);
    await agent("head -c 60000000 /dev/urandom > big.bin");
    const handing = handOut();
    setTimeout(() => void sandbox.stop(), 1_500);
    await expect(handing).rejects.toMatchObject({ name: "UserError" });
    expect(sh(host, "git count-objects -v | grep -E '^(packs|garbage)'; git for-each-ref refs/gatehouse | wc -l")).toBe(
      "packs: 0\ngarbage: 0\n1",
    );
  });

  test(`a repository of ${megabytes} MB passes both ways through little memory`, async () => {
    const host = await largeRepository(megabytes);
    const memory = watchMemory();
    const begun = performance.now();
    const { agent, handOut, handedIn } = await begin(host);
    const inSeconds = seconds(begun);
    expect(await agent("git status --porcelain; ls | wc -l")).toBe(String(Math.ceil(megabytes / 50)));
    await agent("head -c 50000000 /dev/urandom > new.bin");
    const collecting = performance.now();
    const head = await handOut();
    const outSeconds = seconds(collecting);
    const growth = memory.stop();
    expect(sh(host, `git cat-file -s ${head}:new.bin`)).toBe("50000000");
    expect(growth).toBeLessThan(memoryBoundBytes);
    const diff = await handOver.diff({ repositoryPath: host, base: handedIn.base, head, baseBranch: "main" });
    expect(diff.files).toMatchObject([{ path: "new.bin", content: { why: "too-large" } }]);
    process.stderr.write(`${JSON.stringify({ megabytes, inSeconds, outSeconds, growthMB: Math.round(growth / 1_048_576) })}\n`);
  }, 900_000);
});

async function run(sandbox: Sandbox, cwd: string, script: string): Promise<string> {
  const process = await sandbox.exec({ argv: ["sh", "-ec", script], cwd });
  process.stdin.end();
  const [stdout, stderr, exit] = await Promise.all([process.stdout.toArray(), process.stderr.toArray(), process.exited]);
  if (exit.code !== 0) throw new Error(`The script ended with ${exit.code}: ${Buffer.concat(stderr).toString()}`);
  return Buffer.concat(stdout).toString().trim();
}

/** Files of 50 MB that cannot be compressed, stored without trying to. */
async function largeRepository(size: number): Promise<string> {
  const folder = temporaryFolder();
  sh(folder, "git init -q -b main . && git config core.compression 0 && git config core.bigFileThreshold 1m");
  for (let index = 0; index * 50 < size; index += 1) {
    const file = join(folder, `${index}.bin`);
    await pipeline(Readable.from(randomMegabytes(Math.min(50, size - index * 50))), createWriteStream(file));
    expect(statSync(file).size).toBeGreaterThan(0);
  }
  sh(folder, "git add . && git commit -qm large");
  return folder;
}

function* randomMegabytes(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index += 1) yield randomFillSync(Buffer.allocUnsafe(1_048_576));
}

function watchMemory() {
  const held = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = held();
  let highest = before;
  const timer = setInterval(() => (highest = Math.max(highest, held())), 20);
  return {
    stop: () => {
      clearInterval(timer);
      return highest - before;
    },
  };
}

function seconds(begun: number): number {
  return Math.round((performance.now() - begun) / 100) / 10;
}
