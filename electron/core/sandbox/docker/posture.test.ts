import { expect, test } from "vitest";
import { type InsideFacts, judge } from "./posture.ts";

test("the default posture has nothing weaker", () => {
  const posture = judge(inspected(), inside(), "Docker");
  expect(posture.network).toBe("none");
  expect(posture.badge).toEqual({ driver: "docker", label: "Docker", weaker: [] });
});

test.each([
  ["another interface", {}, { Links: "eth0 lo" }, "it has a network"],
  ["a network in the engine's own words", { NetworkMode: "bridge" }, {}, "it has a network"],
  ["a privileged container", { Privileged: true }, {}, "it is privileged"],
  ["root", {}, { Uid: "0" }, "it runs as root"],
  ["a root that can be written", { ReadonlyRootfs: false }, {}, "its root file system can be written"],
  ["a capability", {}, { CapEff: "0000000000000001" }, "it holds capabilities"],
  ["a capability within reach", {}, { CapBnd: "00000000a80425fb" }, "it could gain capabilities"],
  ["new privileges", {}, { NoNewPrivs: "0" }, "new privileges can be had"],
  ["no seccomp", {}, { Seccomp: "0" }, "no seccomp filter is on"],
  ["an engine that does not enforce memory", {}, { MemoryLimit: "9223372036854771712" }, "its memory is not limited"],
  ["swap beyond memory", { MemorySwap: -1 }, {}, "swap is not limited"],
  ["an engine that does not enforce CPU", {}, { CpuLimit: "max 100000" }, "its CPU is not limited"],
  ["an engine that does not enforce processes", {}, { PidsLimit: "max" }, "its processes are not limited"],
  ["the host's processes", { PidMode: "host" }, {}, "it sees other processes of the host"],
  ["the host's shared memory", { IpcMode: "host" }, {}, "it shares memory with the host"],
  ["a device", { Devices: [{ PathOnHost: "/dev/kvm" }] }, {}, "it has host devices"],
  ["a folder of the host", { Binds: ["/home:/home"] }, {}, "a host folder is mounted"],
  ["the engine's socket", {}, { EngineSocket: "yes" }, "it can reach the engine's socket"],
])("%s is listed as weaker", (_title, host, values, words) => {
  const posture = judge(inspected(host), inside(values), "Docker");
  expect(posture.badge.weaker).toContain(words);
});

test("another place that can be written is named", () => {
  expect(judge(inspected(), inside({}, ["/workspace", "/data"]), "Docker").badge.weaker).toContain("it can write /data");
});

test("what could not be read counts as not fulfilled", () => {
  const posture = judge({ Config: {}, HostConfig: {}, Mounts: [] }, { values: new Map(), writable: [] }, "Docker");
  expect(posture.network).toBe("unknown");
  expect(posture.badge.weaker.length).toBeGreaterThan(12);
});

function inspected(host: Readonly<Record<string, unknown>> = {}): Parameters<typeof judge>[0] {
  const HostConfig = {
    NetworkMode: "none",
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    IpcMode: "private",
    Memory: 268_435_456,
    MemorySwap: 268_435_456,
    NanoCpus: 1_000_000_000,
    PidsLimit: 64,
    ...host,
  };
  return { Config: { User: "1000:1000" }, HostConfig, Mounts: [{ Type: "volume", Destination: "/workspace", RW: true }] };
}

function inside(values: Readonly<Record<string, string>> = {}, writable: readonly string[] = ["/workspace", "/etc/hosts"]): InsideFacts {
  const facts = {
    Uid: "1000",
    CapEff: "0000000000000000",
    CapPrm: "0000000000000000",
    CapBnd: "0000000000000000",
    NoNewPrivs: "1",
    Seccomp: "2",
    Links: "lo",
    Workspace: "writable",
    EngineSocket: "no",
    MemoryLimit: "268435456",
    PidsLimit: "64",
    CpuLimit: "100000",
    ...values,
  };
  return { values: new Map(Object.entries(facts)), writable };
}
