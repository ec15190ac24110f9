import { expect, test } from "vitest";
import { agentPresets } from "#shared/domain/agent-presets.ts";
import { blankDraft, draftOf, idOf, problemOf, readDraft } from "./agent-draft.ts";

test.each(agentPresets.map(({ agent }) => [agent.name, agent] as const))("the form keeps all of the preset %s", (_, agent) => {
  expect(readDraft(draftOf(agent)).data).toEqual({ ...agent, provider: { ...agent.provider, refused: [] } });
});

test("what is wrong stands at its field, with the part that is", () => {
  const read = readDraft({ ...blankDraft, id: "mine", name: "Mine", environment: "A-B=1", npmPackages: "some-agent@latest" });
  expect(problemOf(read, "command")).toBe("Name a program.");
  expect(problemOf(read, "npmPackages")).toBe("not a package at one exact version");
  expect(problemOf(read, "environment")).toContain("A-B");
  expect(problemOf(read, "name")).toBeUndefined();
});

test.each([
  ["environment", { environment: "OPENAI_API_KEY=sk-proj-abcdefghijklmnopqrstuvwx1234" }],
  ["command", { command: "agent\n--key=sk-ant-api03-abcdefghijklmnopqrstuvwx" }],
  ["homeFiles", { homeFiles: [{ path: ".a.json", content: '{"key": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}' }] }],
])("a key in the %s is refused, with where it belongs", (field, change) => {
  const read = readDraft({ ...blankDraft, id: "mine", name: "Mine", command: "agent", ...change });
  expect(problemOf(read, field)).toContain("{{secret:name}}");
});

test("a name suggests an id", () => {
  expect(idOf("My Agent (v2)")).toBe("my-agent-v2");
  expect(idOf("42 things")).toBe("things");
});
