import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { describeWith } from "../../../testing/engines.ts";
import { systemClock } from "../../kernel/clock.ts";
import { randomId } from "../../kernel/ids.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { createDockerDriver } from "./docker-driver.ts";

const testBase = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";

describeWith("docker", "a base image without Node", () => {
  const tag = `gatehouse-test-base:${randomId("bare")}`;
  const docker = (...words: readonly string[]) => execFileSync("docker", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  afterAll(() => docker("image", "rm", "-f", tag));

  test("is refused when the sandbox's image is made, in words that name what is missing and what to do; none is left behind as if it were one", async () => {
    // A root file system of its own, as an image has that somebody brings along.
    const source = docker("create", testBase, "true").trim();
    const only = ["--exclude=*/node", "--exclude=*/nodejs", "--exclude=dev/*", "--exclude=usr/share/*"].join(" ");
    const repack = `docker export ${source} | (d=$(mktemp -d); tar -x -C "$d" ${only}; tar -c -C "$d" .; rm -rf "$d") | docker import - ${tag}`;
    execFileSync("sh", ["-c", repack], { stdio: "pipe" });
    docker("rm", source);
    const sandboxImage = fileURLToPath(new URL("../../../../resources/sandbox-image", import.meta.url));
    const common = { clock: systemClock, logger: silentLogger(), installId: `bare-${process.pid}` };
    const driver = createDockerDriver({ ...common, files: { sandboxImage }, baseImage: () => tag });
    expect((await driver.probe()).status.kind).toBe("needs-image");
    await expect(driver.buildImage(() => {})).rejects.toMatchObject({
      code: "IMAGE_BUILD_FAILED",
      message: expect.stringContaining("Node 20 or newer is not in the base image"),
      remedy: expect.stringMatching(/base image/),
    });
    expect((await driver.probe()).status.kind).toBe("needs-image");
    expect(docker("images", "-q", "--filter", "dangling=true", "--filter", `label=dev.gatehouse.root=${tag}`)).toBe("");
    await driver.close();
  });
});
