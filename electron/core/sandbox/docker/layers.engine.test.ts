import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, expect, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { temporaryFolder } from "../../../testing/temporary-folder.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { createDockerDriver } from "./docker-driver.ts";

const testBase = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";

describeWith("docker", "layers of sandbox images", () => {
  const docker = new Docker();
  const made: string[] = [];

  afterAll(async () => {
    for (const name of made.reverse())
      await docker
        .getImage(name)
        .remove()
        .catch(() => {});
  });

  test("each is made once and says what it stands on; a base that has become another one is noticed, and all are made anew", {
    timeout: 120_000,
  }, async () => {
    const version = randomId("moved");
    const tag = `gatehouse-test-base:${version}`;
    await docker.getImage(testBase).tag({ repo: "gatehouse-test-base", tag: version });
    made.push(tag);
    const folder = temporaryFolder();
    writeFileSync(join(folder, "Dockerfile"), `ARG BASE=none\nFROM \${BASE}\n# ${version}\n`);
    writeFileSync(join(folder, "Dockerfile.tools"), `ARG BASE\nFROM \${BASE}\nARG TOOLS\n# ${version}\n`);
    const common = { clock: systemClock, logger: silentLogger(), installId: `layers-${process.pid}` };
    const driver = createDockerDriver({ ...common, files: { sandboxImage: folder }, baseImage: () => tag });
    const software = { tools: ["python" as const], packages: null };
    const own = async () => (await driver.images()).filter(({ root }) => root.name === tag);
    const lines: string[] = [];
    await driver.prepare(software, (line) => lines.push(line));
    made.push(...(await own()).map(({ name }) => name));
    expect(lines).toEqual(expect.arrayContaining(["Making the base of the sandbox", "Making tools for python"]));
    const again: string[] = [];
    await driver.prepare(software, (line) => again.push(line));
    expect(again).toEqual([]);
    const { Id } = await docker.getImage(testBase).inspect();
    expect(await own()).toMatchObject([
      { kind: "base", holds: "git, Node, bash", root: { id: Id }, isOld: false },
      { kind: "tools", holds: "tools for python", root: { id: Id }, isOld: false, below: made[1] },
    ]);
    const container = await docker.createContainer({ Image: testBase, Cmd: ["true"] });
    await container.commit({ repo: "gatehouse-test-base", tag: version, comment: "another one" });
    await container.remove();
    expect((await driver.probe()).status.kind).toBe("needs-image");
    expect(await driver.isPrepared(software)).toBe(false);
    expect((await own()).map(({ isOld }) => isOld)).toEqual([true, true]);
    await driver.prepare(software, () => {});
    expect((await driver.probe()).status.kind).toBe("ready");
    expect((await own()).map(({ isOld }) => isOld)).toEqual([false, false]);
    const nameless = { dangling: ["true"], label: [`dev.gatehouse.root=${tag}`] };
    expect(await docker.listImages({ filters: nameless })).toEqual([]);
    await driver.close();
  });
});
