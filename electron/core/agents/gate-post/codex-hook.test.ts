import { expect, test } from "vitest";
import { codexCall } from "./codex-hook.ts";
import { patchedFiles } from "./patched-files.ts";

const asked = { hook_event_name: "PreToolUse", tool_use_id: "c1", cwd: "/w" };
const patch = [
  "*** Begin Patch",
  "*** Add File: new.txt",
  "+one",
  "*** Update File: /w/old.txt",
  "*** Move to: moved.txt",
  "@@",
  " same",
  "-a",
  "+b",
  "*** Delete File: gone.txt",
  "*** End Patch",
].join("\n");

test("a patch names every file that it touches, a moved one under both names", () => {
  expect(patchedFiles(patch)).toEqual([
    { path: "new.txt", before: null, after: "one", isDeleted: false },
    { path: "/w/old.txt", before: "same\na", after: "", isDeleted: true },
    { path: "moved.txt", before: null, after: "same\nb", isDeleted: false },
    { path: "gone.txt", before: "", after: "", isDeleted: true },
  ]);
  expect(codexCall({ ...asked, tool_name: "apply_patch", tool_input: { command: patch } })).toMatchObject({
    kind: "edit",
    locations: [{ path: "/w/new.txt" }, { path: "/w/old.txt" }, { path: "/w/moved.txt" }, { path: "/w/gone.txt" }],
  });
});

test.each(["", "*** Begin Patch\n*** End Patch", "rm -rf /", "*** Begin Patch\nsomething\n*** Add File: a\n+x\n*** End Patch"])(
  "what is no patch (%j) names no file and so is asked about as unknown",
  (text) => {
    expect(patchedFiles(text)).toBeNull();
    expect(codexCall({ ...asked, tool_name: "apply_patch", tool_input: { command: text } })).toMatchObject({ kind: "other" });
  },
);

test("a command is a shell call in its folder; a call of a server keeps its name and input", () => {
  expect(codexCall({ ...asked, tool_name: "Bash", tool_input: { command: "ls" } })).toMatchObject({
    toolCallId: "c1",
    kind: "execute",
    rawInput: { command: "ls", cwd: "/w" },
  });
  expect(codexCall({ ...asked, tool_name: "mcp__a__b", tool_input: { x: 1 } })).toMatchObject({ name: "mcp__a__b", rawInput: { x: 1 } });
});

test("a call about sub-agents says so, whatever its group is named", () => {
  const spawn = { ...asked, tool_name: "collaborationspawn_agent", tool_input: { task_name: "look", message: "Look." } };
  expect(codexCall(spawn)).toMatchObject({
    name: "collaborationspawn_agent",
    title: "Sub-agents: spawn_agent look",
    rawInput: spawn.tool_input,
  });
  expect(codexCall({ ...spawn, tool_name: "collaborationwait_agent", tool_input: {} })?.title).toBe("Sub-agents: wait_agent");
});

test.each([null, {}, { ...asked, tool_name: "" }, { ...asked, hook_event_name: "PostToolUse", tool_name: "Bash" }, "text"])(
  "what is no call (%j) is none",
  (input) => expect(codexCall(input)).toBeNull(),
);
