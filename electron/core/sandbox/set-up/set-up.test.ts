import { expect, test } from "vitest";
import { type Manager, packageTable, planSetUp, runPlan, type SystemView, viewSystem } from "./system-packages.mjs";

test("on a bare Debian as root everything runs unattended, the lists fetched first", () => {
  const { commands, problem } = planSetUp("local", { ...bareDebian, isRoot: true, listsAreFresh: false });
  expect(problem).toBeNull();
  expect(commands).toHaveLength(2);
  expect(commands[0]?.join(" ")).toBe("env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update");
  expect(commands[1]?.join(" ")).toMatch(/^env DEBIAN_FRONTEND=noninteractive apt-get .* install -y .*bubblewrap socat ripgrep$/);
});

test("fresh lists are not fetched again", () => {
  expect(planSetUp("local", { ...bareDebian, isRoot: true }).commands).toHaveLength(1);
});

test("the Docker client is asked for where it is a package of its own", () => {
  const wanted = (debianVersion: number | null) => planSetUp("test", { ...bareDebian, isRoot: true, debianVersion }).missing;
  expect(wanted(12)).not.toContain("docker-cli");
  expect(wanted(13)).toContain("docker-cli");
  expect(wanted(null)).not.toContain("docker-cli");
});

test("what is installed is left alone", () => {
  const plan = planSetUp("local", { ...bareDebian, isInstalled: (name) => name !== "socat" });
  expect(plan.missing).toEqual(["socat"]);
  expect(plan.present).toEqual(["bubblewrap", "ripgrep"]);
});

test("nothing is run where nothing is missing", () => {
  expect(planSetUp("test", { ...bareDebian, isInstalled: () => true })).toMatchObject({ commands: [], missing: [], problem: null });
});

test("another user than root goes through sudo where there is a terminal", () => {
  expect(planSetUp("local", { ...bareDebian, hasSudo: true, hasTerminal: true, hasPkexec: true }).commands[0]?.[0]).toBe("sudo");
});

test("without a terminal the graphical question is used, else a sudo that never asks", () => {
  expect(planSetUp("local", { ...bareDebian, hasSudo: true, hasPkexec: true }).commands[0]?.[0]).toBe("pkexec");
  expect(planSetUp("local", { ...bareDebian, hasSudo: true }).commands[0]?.slice(0, 2)).toEqual(["sudo", "-n"]);
});

test("without any way to become an administrator the missing packages are named", () => {
  expect(planSetUp("local", bareDebian)).toMatchObject({ commands: [], problem: expect.stringContaining("bubblewrap, socat, ripgrep") });
});

test("without a known package manager it says so", () => {
  expect(planSetUp("local", { ...bareDebian, manager: null }).problem).toMatch(/apt-get, dnf, pacman, zypper, brew/);
});

test.each(["dnf", "pacman", "zypper", "brew"] as const)("%s installs without asking", (manager: Manager) => {
  const [words = []] = planSetUp("test", { ...bareDebian, manager, isRoot: true }).commands;
  expect(words[0]).toBe(manager);
  expect(words.join(" ")).toMatch(/-y|--noconfirm|--non-interactive|^brew/);
  for (const name of packageTable[manager].test) expect(words).toContain(name);
});

test("a step that fails rejects with its last words", async () => {
  const plan = { missing: [], present: [], problem: null, commands: [["sh", "-c", "echo one; echo the lock is held >&2; exit 100"]] };
  const lines: string[] = [];
  await expect(runPlan(plan, { onLine: (line) => lines.push(line) })).rejects.toThrow(/exit code 100.*the lock is held/);
  expect(lines).toContain("one");
});

test("a package that is still missing after success is an error", async () => {
  const plan = { missing: ["no-such-package-anywhere"], present: [], problem: null, commands: [["true"]] };
  await expect(runPlan(plan, { onLine: () => undefined })).rejects.toThrow(/no-such-package-anywhere/);
});

test("this machine can be looked at", () => {
  expect(viewSystem().platform).toBe(process.platform);
});

const bareDebian: SystemView = {
  platform: "linux",
  manager: "apt-get",
  debianVersion: 12,
  isRoot: false,
  hasSudo: false,
  hasPkexec: false,
  hasTerminal: false,
  listsAreFresh: true,
  isInstalled: () => false,
};
