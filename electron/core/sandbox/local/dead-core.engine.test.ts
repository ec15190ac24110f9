import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "vite";
import { expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { hasLeftovers } from "./leftovers.ts";
import { createLocalDriver, createUnsafeLocalDriver } from "./local-driver.ts";

describeWith("local-sandbox", "a core that was killed", () => {
  test.each(["createLocalDriver", "createUnsafeLocalDriver"] as const)(
    "with %s leaves no process running, and its sandbox is found",
    async (make) => {
      const installId = `dead-${process.pid}-${make === "createLocalDriver" ? "a" : "b"}`;
      const dataFolder = temporaryFolder();
      onTestFinished(() => rmSync(join("/var/lib/gatehouse", installId), { recursive: true, force: true }));
      const core = await startCore(make, installId, dataFolder);
      expect(await hasLeftovers(installId, "doomed")).toBe(true);
      core.kill("SIGKILL");
      for (let tries = 0; (await hasLeftovers(installId, "doomed")) && tries < 100; tries += 1) await delay(50);
      expect(await hasLeftovers(installId, "doomed")).toBe(false);

      const driver = { createLocalDriver, createUnsafeLocalDriver }[make]({
        installId,
        dataFolder,
        clock: systemClock,
        logger: silentLogger(),
      });
      expect(await driver.list()).toMatchObject([{ id: "doomed", taskId: "t", runId: "r", state: "stopped" }]);
      const left = await driver.attach("doomed");
      expect(await left?.ended).toMatch(/./);
      await left?.remove();
      expect(await driver.list()).toEqual([]);
    },
  );
});

/** A process of its own that makes a sandbox, starts programs of every kind in it, and says so. */
async function startCore(make: string, installId: string, dataFolder: string): Promise<ChildProcess> {
  const at = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
  const folder = join(fileURLToPath(new URL("../../../../node_modules", import.meta.url)), `.gatehouse-${installId}`);
  mkdirSync(folder, { recursive: true });
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, "core.ts"),
    `import { ${make} } from ${at("./local-driver.ts")};
    import { systemClock } from ${at("../../kernel/clock.ts")};
    import { silentLogger } from ${at("../../kernel/logger.ts")};
    const driver = ${make}({ installId: ${JSON.stringify(installId)}, dataFolder: ${JSON.stringify(dataFolder)}, clock: systemClock, logger: silentLogger() });
    const limits = { wallClockMinutes: 5, memoryMiB: 256, cpuPercent: 100, pids: 96, diskMiB: 1_024 };
    const sandbox = await driver.create({ id: "doomed", taskId: "t", runId: "r", limits });
    for (const argv of [["sleep", "6001"], ["bash", "-c", "trap '' TERM HUP; while :; do sleep 6002; done"]])
      await sandbox.exec({ argv, cwd: sandbox.workspace });
    await sandbox.exec({ argv: ["bash", "-i"], cwd: sandbox.workspace, tty: { columns: 80, rows: 24 } });
    process.stdout.write("up\\n");
    setInterval(() => undefined, 1000);`,
  );
  await build({
    configFile: false,
    logLevel: "silent",
    build: {
      ssr: join(folder, "core.ts"),
      outDir: folder,
      emptyOutDir: false,
      target: "node20",
      rollupOptions: { output: { entryFileNames: "core.mjs" } },
    },
  });
  const core = spawn(process.execPath, [join(folder, "core.mjs")], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  core.stdout.on("data", (bytes: Buffer) => void (said += bytes.toString()));
  core.stderr.on("data", (bytes: Buffer) => void (said += bytes.toString()));
  for (let tries = 0; !said.includes("up\n") && core.exitCode === null && tries < 400; tries += 1) await delay(50);
  expect(said).toBe("up\n");
  return core;
}
