import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { findProfile, loadProfiles, summarize } from "./profiles.ts";

const shipped = fileURLToPath(new URL("../../../resources/agents", import.meta.url));
const good = {
  id: "good",
  name: "Good agent",
  description: "",
  command: ["good", "--acp"],
  environment: { GOOD_HOME: "{home}/good" },
  npmPackages: [],
  homeFiles: [],
  files: [],
  mode: null,
  gate: { level: "partial", sessionMeta: null },
  silentReads: [{ kind: "read" }],
  minimumMemoryMiB: 128,
};

test("the shipped profiles are valid, and the practice agent is one of them", async () => {
  const profiles = await loadProfiles(shipped);
  expect(summarize(findProfile(profiles, "practice"))).toMatchObject({ id: "practice", name: "Practice agent", gate: "full" });
});

test("profiles are read from every JSON file of the folder", async () => {
  const folder = folderWith({ "b.json": good, "a.json": { ...good, id: "other", name: "Another" }, "notes.txt": "x" });
  expect((await loadProfiles(folder)).map(({ id }) => id)).toEqual(["other", "good"]);
});

test.each([
  ["no JSON", "{", "broken.json cannot be used"],
  ["an unknown field", { ...good, gates: 1 }, "gates"],
  ["an unknown level of gate", { ...good, gate: { level: "total", sessionMeta: null } }, "gate.level"],
  ["a silent read that names nothing", { ...good, silentReads: [{}] }, "silentReads[0]"],
  ["a variable's name that is none", { ...good, environment: { "A=B": "" } }, "environment"],
  ["a file name that leaves its folder", { ...good, files: [{ name: "../x", source: "practice-agent" }] }, "files[0].name"],
  ["a package without an exact version", { ...good, npmPackages: ["some-agent@^1.0.0"] }, "npmPackages[0]"],
  ["a settings file that leaves the home", { ...good, homeFiles: [{ path: "a/../../x", content: "" }] }, "homeFiles[0].path"],
  ["an absolute settings file", { ...good, homeFiles: [{ path: "/etc/x", content: "" }] }, "homeFiles[0].path"],
  ["an empty command", { ...good, command: [] }, "command"],
])("%s refuses the whole, naming the file and the field", async (_, content, named) => {
  const folder = folderWith({ "a.json": { ...good, id: "fine" }, "broken.json": content });
  const refusal = loadProfiles(folder);
  await expect(refusal).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(refusal).rejects.toThrow(named);
  await expect(refusal).rejects.toThrow("broken.json");
});

test("packages with a scope and settings below the home are taken", async () => {
  const full = {
    ...good,
    npmPackages: ["@scope/some-agent@0.100.0", "other@2.6.0-beta.1"],
    homeFiles: [{ path: ".config/some..agent/rules.toml", content: "x" }],
  };
  await expect(loadProfiles(folderWith({ "a.json": full }))).resolves.toHaveLength(1);
});

test("two profiles of one id are refused", async () => {
  await expect(loadProfiles(folderWith({ "a.json": good, "b.json": good }))).rejects.toThrow(
    'b.json cannot be used: the id "good" is taken by a.json',
  );
});

test("an agent that is not there is NOT_FOUND, and the remedy names those that are", async () => {
  const profiles = await loadProfiles(folderWith({ "a.json": good }));
  expect(() => findProfile(profiles, "better")).toThrow(expect.objectContaining({ code: "NOT_FOUND", remedy: "Pick one of: good." }));
});

function folderWith(files: Readonly<Record<string, unknown>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}
