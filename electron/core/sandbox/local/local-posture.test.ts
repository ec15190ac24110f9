import { expect, test } from "vitest";
import { judge, type Readings } from "./local-posture.ts";

const always = ["it reads this computer's system programs and libraries", "its seccomp filter stops Unix sockets and little else"];
const all = new Set(["memory", "cpu", "pids"] as const);

test("what a local sandbox cannot give is always said", () => {
  expect(judge(readings(), all)).toMatchObject({ network: "none", badge: { driver: "local", weaker: always } });
});

test.each([
  ["this computer's own network", { sharesNetwork: true }, "it has a network"],
  ["another interface", { interfaces: ["lo", "eth0"] }, "it has a network"],
  ["a place that can be written", { writable: ["/data"] }, "it can write /data"],
  ["a socket that should be hidden", { visible: ["/run/docker.sock"] }, "it can see /run/docker.sock"],
] as const)("%s is listed as weaker", (_title, more, words) => {
  expect(judge(readings(more), all).badge.weaker).toContain(words);
});

test.each([
  ["Uid", "0", "it runs as root"],
  ["CapEff", "0000000000000001", "it holds capabilities"],
  ["NoNewPrivs", "0", "new privileges can be had"],
  ["Seccomp", "0", "no seccomp filter is on"],
])("%s=%s is listed as weaker", (name, value, words) => {
  const { status } = readings();
  expect(judge(readings({ status: new Map([...status, [name, value]]) }), all).badge.weaker).toContain(words);
});

test("a limit that the kernel does not enforce over all processes is named", () => {
  expect(judge(readings(), new Set()).badge.weaker).toHaveLength(always.length + 2);
  expect(judge(readings({ processLimit: null }), new Set()).badge.weaker).toContain("its processes are not limited");
});

test("a status that could not be read fulfils nothing", () => {
  expect(judge(readings({ status: new Map() }), all).badge.weaker).toHaveLength(always.length + 4);
});

function readings(more: Partial<Readings> = {}): Readings {
  const zero = "0000000000000000";
  return {
    status: new Map([
      ["Uid", "1000"],
      ["CapEff", zero],
      ["CapPrm", zero],
      ["NoNewPrivs", "1"],
      ["Seccomp", "2"],
    ]),
    interfaces: ["lo"],
    processLimit: 96,
    sharesNetwork: false,
    writable: [],
    visible: [],
    ...more,
  };
}
