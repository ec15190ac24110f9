import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { never } from "../../../testing/never.ts";
import { describeWith } from "../../../testing/engines.ts";
import { filesWithPracticeAgent } from "../../../testing/practice-agent.ts";
import { RecordingAgentHost } from "../../../testing/recording-agent-host.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { RunLimits } from "#shared/contract/task.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { createDockerDriver } from "../../sandbox/docker/docker-driver.ts";
import type { Sandbox, SandboxDriver } from "../../sandbox/driver.ts";
import { createLocalDriver } from "../../sandbox/local/local-driver.ts";
import { findProfile, loadProfiles } from "../profiles.ts";
import { startAgentSession } from "../start-agent-session.ts";

const installId = `test-agents-${process.pid}`;
const common = { clock: systemClock, logger: silentLogger(), installId };

describeWith("docker", "the practice agent in Docker", () => {
  const sandboxImage = fileURLToPath(new URL("../../../../resources/sandbox-image", import.meta.url));
  const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
  suite(() => createDockerDriver({ ...common, files: { sandboxImage }, baseImage: () => baseImage }));
});

describeWith("local-sandbox", "the practice agent in a local sandbox", () => {
  suite(() => createLocalDriver({ ...common, dataFolder: temporaryFolder() }));
});

function suite(open: () => SandboxDriver): void {
  describe("works for real", () => {
    test("it mends the sample repository, and what it changed is there", async () => {
      const { session, host, sandbox, worktree } = await start(open());
      expect(await session.prompt("Make the failing test pass.", never())).toEqual({ kind: "end-of-turn" });
      expect(host.said).toContain("Tests: 11 passed, 1 failed.");
      expect(host.said).toContain("Tests: 12 passed, 0 failed.");
      expect(await output(sandbox, ["git", "-C", worktree, "log", "-1", "--format=%s"])).toBe("Give the volume discount from ten on\n");
      expect(host.unaskedCalls).toEqual([]);
      expect(host.calls.find((call) => call.edit !== null)?.realPath).toBe(`${worktree}/src/pricing.js`);
    });

    test("its files cannot be changed by accident, and are made anew for the next session", async () => {
      const { session, sandbox, again } = await start(open());
      const folder = `${sandbox.home}/.gatehouse-agent`;
      expect(await output(sandbox, ["stat", "-c", "%a", folder, `${folder}/practice-agent.mjs`])).toBe("555\n444\n");
      await session.end();
      await output(sandbox, ["sh", "-c", `chmod -R u+w ${folder}; echo bad > ${folder}/practice-agent.mjs; echo x > ${folder}/extra`]);
      const second = await again();
      expect(await second.prompt('```steps\n[{"say": "hello again"}]\n```', never())).toEqual({ kind: "end-of-turn" });
      expect(await output(sandbox, ["ls", folder])).toBe("practice-agent.mjs\n");
    });

    test("a cancelled command and the agent are gone when the session has ended", async () => {
      const { session, host, sandbox } = await start(open());
      const abort = new AbortController();
      const turn = session.prompt('```steps\n[{"run": "echo up; exec sleep 54321"}]\n```', abort.signal);
      await expect.poll(() => host.terminals[0]?.output, { timeout: 20_000 }).toBe("up\n");
      abort.abort();
      expect(await turn).toEqual({ kind: "cancelled" });
      await session.end();
      const commands = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $f 2>/dev/null; echo; done";
      await expect.poll(() => output(sandbox, ["sh", "-c", commands]), { timeout: 20_000 }).not.toMatch(/54321|practice-agent/u);
    });
  });
}

async function start(driver: SandboxDriver) {
  const files = await filesWithPracticeAgent();
  const limits = RunLimits.parse({});
  const ids = { id: randomId("sbx"), taskId: randomId("t"), runId: randomId("run") };
  onTestFinished(() => driver.close());
  await driver.buildImage(() => {});
  const sandbox = await driver.create({ ...ids, limits });
  onTestFinished(() => sandbox.remove());
  const worktree = `${sandbox.workspace}/task`;
  await bringIn(sandbox, files.sampleRepository, worktree);
  const host = new RecordingAgentHost();
  const profile = findProfile(await loadProfiles(files.agents), "practice");
  const again = () => startAgentSession({ profile, sandbox, worktree, files, host, taskId: ids.taskId, ...common }, never());
  const session = await again();
  onTestFinished(() => session.end());
  return { session, host, sandbox, worktree, again };
}

async function bringIn(sandbox: Sandbox, folder: string, worktree: string): Promise<void> {
  const archive = join(temporaryFolder(), "sample.tar");
  execFileSync("tar", ["-cf", archive, "-C", folder, "."]);
  const script =
    'mkdir -p "$1" && cd "$1" && tar -x --no-same-owner && git init -q -b main && git config user.name Test && git config user.email test@example.org && git add -A && git commit -qm First';
  await output(sandbox, ["sh", "-c", script, "sh", worktree], readFileSync(archive));
}

async function output(sandbox: Sandbox, argv: readonly string[], input: Buffer = Buffer.alloc(0)): Promise<string> {
  const process = await sandbox.exec({ argv, cwd: sandbox.home });
  process.stdin.end(input);
  let text = "";
  process.stdout.on("data", (bytes: Uint8Array) => (text += Buffer.from(bytes).toString("utf8")));
  let errors = "";
  process.stderr.on("data", (bytes: Uint8Array) => (errors += Buffer.from(bytes).toString("utf8")));
  const { code } = await process.exited;
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}: ${errors}`);
  return text;
}
