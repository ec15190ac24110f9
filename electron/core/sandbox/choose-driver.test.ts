import { expect, test } from "vitest";
import type { EngineReport } from "#shared/contract/sandbox.ts";
import { chooseDriver } from "./choose-driver.ts";
import type { SandboxDriver } from "./driver.ts";

test("best is Docker where its engine answers", async () => {
  expect((await chooseDriver("best", { docker: driver("docker", ready), local: driver("local", ready), unsafeLocal: null })).kind).toBe(
    "docker",
  );
});

test("best is Docker also while its image has yet to be made", async () => {
  expect(
    (await chooseDriver("best", { docker: driver("docker", needsImage), local: driver("local", ready), unsafeLocal: null })).kind,
  ).toBe("docker");
});

test("best is the local sandbox where no Docker engine answers", async () => {
  expect((await chooseDriver("best", { docker: driver("docker", missing), local: driver("local", ready), unsafeLocal: null })).kind).toBe(
    "local",
  );
});

test("Docker that was asked for is never replaced by the local sandbox", async () => {
  await expect(
    chooseDriver("docker", { docker: driver("docker", missing), local: driver("local", ready), unsafeLocal: null }),
  ).rejects.toMatchObject({
    code: "NO_SANDBOX",
    message: expect.stringContaining("docker is not here"),
    remedy: expect.stringContaining("install docker"),
  });
});

test("the local sandbox that was asked for is never replaced", async () => {
  await expect(
    chooseDriver("local", { docker: driver("docker", ready), local: driver("local", missing), unsafeLocal: null }),
  ).rejects.toMatchObject({
    code: "NO_SANDBOX",
  });
});

test("without any sandbox every remedy is named", async () => {
  await expect(
    chooseDriver("best", { docker: driver("docker", missing), local: driver("local", missing), unsafeLocal: null }),
  ).rejects.toMatchObject({
    code: "NO_SANDBOX",
    remedy: expect.stringMatching(/install docker.*install local/),
  });
});

test("the unsafe driver is used only where it was made", async () => {
  const drivers = { docker: driver("docker", ready), local: driver("local", ready), unsafeLocal: driver("unsafe-local", ready) };
  expect((await chooseDriver("best", drivers)).kind).toBe("unsafe-local");
});

type Status = (kind: "docker" | "local") => EngineReport["status"];
const ready: Status = () => ({ kind: "ready", version: "1", where: "here" });
const needsImage: Status = () => ({ kind: "needs-image", version: "1", where: "here", remedy: "build it" });
const missing: Status = (kind) => ({ kind: "missing", what: `${kind} is not here.`, remedy: `install ${kind}`, canSetUp: false });

function driver(kind: SandboxDriver["kind"], status: Status): SandboxDriver {
  const reported = kind === "docker" ? "docker" : "local";
  const notAsked = () => Promise.reject(new Error("not asked for here"));
  return {
    kind,
    probe: async () => ({ driver: reported, label: reported, status: status(reported) }),
    create: notAsked,
    list: notAsked,
    attach: notAsked,
    resume: notAsked,
    buildImage: notAsked,
    platform: notAsked,
    isPrepared: notAsked,
    prepare: notAsked,
    diskUse: notAsked,
    images: notAsked,
    removeImage: notAsked,
    close: async () => undefined,
  };
}
