import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { filesWithPracticeAgent } from "../../testing/practice-agent.ts";
import { ProcessSandbox } from "../../testing/process-sandbox.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { placeAgentFiles, placesIn } from "./agent-files.ts";
import type { AgentProfile } from "./agent-profile.ts";
import { findProfile, loadProfiles } from "./profiles.ts";

test("the agent's files are the app's own, whatever stood in their place", async () => {
  const { sandbox, place, files } = await setUp({});
  symlinkSync("/etc", join(sandbox.home, ".gatehouse-agent"));
  const folder = await place();
  expect(folder).toBe(join(sandbox.home, ".gatehouse-agent"));
  expect(readFileSync(join(folder, "practice-agent.mjs"), "utf8")).toBe(readFileSync(files.practiceAgent, "utf8"));
  writeFileSync(join(folder, "extra"), "");
  await place();
  expect(existsSync(join(folder, "extra"))).toBe(false);
});

test("settings are written over whatever stands there, and through no link", async () => {
  const { sandbox, place, outside } = await setUp({
    homeFiles: [
      { path: ".agent/rules/gate.toml", content: "ask = '*'\n" },
      { path: "top.json", content: '{"folder": "{worktree}"}' },
    ],
  });
  symlinkSync(outside, join(sandbox.home, ".agent"));
  symlinkSync(join(outside, "victim"), join(sandbox.home, "top.json"));
  await place();
  await place();
  expect(readFileSync(join(sandbox.home, ".agent/rules/gate.toml"), "utf8")).toBe("ask = '*'\n");
  expect(JSON.parse(readFileSync(join(sandbox.home, "top.json"), "utf8"))).toEqual({ folder: sandbox.workspace });
  expect(readFileSync(join(outside, "victim"), "utf8")).toBe("kept");
  expect(existsSync(join(outside, "rules"))).toBe(false);
});

test("settings that an earlier session left are gone, whatever they are now, and nothing beside them", async () => {
  const { sandbox, place, outside } = await setUp({
    clearedSettings: [".agent/rules", ".agent/hooks.json", ".linked", ".absent/x"],
    homeFiles: [{ path: ".agent/rules/gate.toml", content: "ask" }],
  });
  mkdirSync(join(sandbox.home, ".agent/rules"), { recursive: true });
  writeFileSync(join(sandbox.home, ".agent/rules/allow.toml"), "allow");
  writeFileSync(join(sandbox.home, ".agent/hooks.json"), "{}");
  writeFileSync(join(sandbox.home, ".agent/history"), "kept");
  symlinkSync(outside, join(sandbox.home, ".linked"));
  await place();
  expect(readdirSync(join(sandbox.home, ".agent")).toSorted()).toEqual(["history", "rules"]);
  expect(readdirSync(join(sandbox.home, ".agent/rules"))).toEqual(["gate.toml"]);
  expect(existsSync(join(sandbox.home, ".linked"))).toBe(false);
  expect(readFileSync(join(outside, "victim"), "utf8")).toBe("kept");
});

test("settings that cannot be written are AGENT_FAILED with the reason", async () => {
  const { sandbox, place } = await setUp({ homeFiles: [{ path: "taken/rules.toml", content: "x" }] });
  writeFileSync(join(sandbox.home, "taken"), "a file where a folder should be");
  await expect(place()).rejects.toMatchObject({
    code: "AGENT_FAILED",
    message: expect.stringMatching(/could not be placed.*File exists/u),
  });
});

test("an app without the built agent says how to get it", async () => {
  const { place } = await setUp({}, "/no/such/agent.mjs");
  await expect(place()).rejects.toMatchObject({ code: "AGENT_FAILED", message: expect.stringContaining("/no/such/agent.mjs") });
});

async function setUp(change: Partial<AgentProfile>, practiceAgent?: string) {
  const built = await filesWithPracticeAgent();
  const files = practiceAgent === undefined ? built : { ...built, practiceAgent };
  const sandbox = new ProcessSandbox(temporaryFolder());
  onTestFinished(() => sandbox.stop());
  const outside = temporaryFolder();
  writeFileSync(join(outside, "victim"), "kept");
  const profile = { ...findProfile(await loadProfiles(files.agents), "practice"), ...change };
  const { signal } = new AbortController();
  const place = async () => {
    const places = await placesIn(sandbox, sandbox.workspace, signal);
    await placeAgentFiles({ sandbox, profile, files, places }, signal);
    return places.agent;
  };
  return { sandbox, files, outside, place };
}
