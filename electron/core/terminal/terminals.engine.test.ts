import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { TaskId, type TerminalId } from "#shared/contract/ids.ts";
import { RunLimits } from "#shared/contract/task.ts";
import { describeWith } from "../../testing/engines.ts";
import { TerminalViewer } from "../../testing/terminal-viewer.ts";
import { systemClock } from "../kernel/clock.ts";
import { randomId } from "../kernel/ids.ts";
import { silentLogger } from "../kernel/logger.ts";
import { createDockerDriver } from "../sandbox/docker/docker-driver.ts";
import type { Sandbox, SandboxDriver } from "../sandbox/driver.ts";
import { ServerTerminals } from "./server-terminals.ts";

const sandboxImage = fileURLToPath(new URL("../../../resources/sandbox-image", import.meta.url));
const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
const taskId = TaskId.parse("t-test000001");

describeWith("docker", "terminals in Docker", () => {
  let driver: SandboxDriver;
  let sandbox: Sandbox;

  beforeAll(async () => {
    const installId = `test-terminals-${process.pid}`;
    driver = createDockerDriver({
      installId,
      files: { sandboxImage },
      baseImage: () => baseImage,
      clock: systemClock,
      logger: silentLogger(),
    });
    await driver.buildImage(() => undefined);
    sandbox = await driver.create({ id: randomId("sbx"), taskId, runId: randomId("run"), limits: RunLimits.parse({}) });
  });
  afterAll(async () => {
    await sandbox.remove();
    await driver.close();
  });

  async function shell() {
    const terminals = new ServerTerminals({ clock: systemClock });
    onTestFinished(async () => await terminals.close());
    const { id } = await terminals.openShell({ taskId, sandbox, cwd: sandbox.workspace, columns: 100, rows: 20 });
    const viewer = view(terminals, id);
    const type = async (keys: string) => await terminals.input(id, keys);
    const shows = async (row: string) => await expect.poll(() => viewer.rows(), { timeout: 20_000, interval: 10 }).toContain(row);
    return { terminals, id, viewer, type, shows };
  }

  test("an operator's shell has a pseudo-terminal of the viewer's size, also after a resize", async () => {
    const { terminals, id, type, shows } = await shell();
    await type("stty size; echo done\n");
    await shows("20 100");
    await terminals.resize(id, 120, 33);
    await type("stty size\n");
    await shows("33 120");
  });

  test("Ctrl-C interrupts the program, not the shell", async () => {
    const { type, shows } = await shell();
    await type("echo begun; sleep 1000\n");
    await shows("begun");
    await type("\u0003");
    await type("echo still-$((40 + 2))\n");
    await shows("still-42");
  });

  test("a program that draws on the whole screen leaves it as it was", async () => {
    const { type, shows, viewer } = await shell();
    await type("printf 'before\\n'; printf '\\033[?1049h\\033[2J\\033[5;5Hinside'; sleep 0.3; printf '\\033[?1049l'; echo after\n");
    await shows("    inside");
    await shows("after");
    expect(viewer.rows()).toContain("before");
  });

  test("closing a shell ends what it started in the sandbox", async () => {
    const { terminals, id, type, shows } = await shell();
    await type("sleep 4321 & echo started\n");
    await shows("started");
    const running = async () => {
      const listing = await sandbox.exec({ argv: ["sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"], cwd: "/" });
      return Buffer.concat(await listing.stdout.toArray()).toString();
    };
    expect(await running()).toContain("sleep 4321");
    await terminals.closeTerminal(id);
    expect(await running()).not.toContain("sleep 4321");
    await expect(terminals.input(id, "x")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("a flood from the sandbox does not hold up a keystroke, and all of it is seen to the end", async () => {
    const { terminals, type, shows, viewer } = await shell();
    const command = terminals.openCommand({ taskId, title: "flood" });
    const flood = await sandbox.exec({ argv: ["sh", "-c", "yes 'a line of the flood' | head -c 20000000; echo; echo end"], cwd: "/" });
    const fed = command.feed(flood, 100);
    const watched = view(terminals, command.id);
    await type("echo key-$((1 + 1))\n");
    await shows("key-2");
    expect(viewer.rows()).toContain("key-2");
    expect(await fed).toMatchObject({ exit: { code: 0, signal: null }, truncated: true, tail: expect.stringContaining("end\n") });
    await expect.poll(() => watched.rows(), { timeout: 20_000 }).toContain("end");
  });
});

function view(terminals: ServerTerminals, id: TerminalId): TerminalViewer {
  const viewer = new TerminalViewer((viewerId, bytes) => terminals.acknowledge(viewerId, bytes));
  void (async () => {
    for await (const frame of terminals.attach(id, undefined)) await viewer.take(frame);
  })();
  return viewer;
}
