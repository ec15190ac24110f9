import { expect, test } from "vitest";
import { Hook } from "#shared/contract/hook.ts";
import { blankHook, draftOf, type HookDraft, readHook, runsProgram } from "./hook-draft.ts";

const guard: HookDraft = { ...blankHook, name: "guard", match: "shell(npm publish:*)", command: "/opt/guard\n--strict\na b" };

test("a form becomes a hook, one word a line, and a hook its form again", () => {
  const read = readHook(guard, []);
  expect(read).toEqual({
    ok: true,
    hook: { on: "tool_pre", name: "guard", match: "shell(npm publish:*)", command: ["/opt/guard", "--strict", "a b"], timeoutMs: 5_000 },
  });
  for (const hook of [
    { on: "tool_pre", name: "a", match: "shell(*)", command: ["x"], timeoutMs: 1_500 },
    { on: "tool_post", name: "b", match: "shell(*)", effect: { do: "notify" } },
    { on: "tool_post", name: "c", match: "shell(*)", effect: { do: "trigger", command: ["x", ""], timeoutMs: 250 } },
  ]) {
    const parsed = Hook.parse(hook);
    const again = readHook(draftOf(parsed), []);
    if (hook.name === "c") expect(again).toMatchObject({ ok: true, hook: { effect: { command: ["x"] } } });
    else expect(again).toEqual({ ok: true, hook: parsed });
  }
});

test.each<[string, Partial<HookDraft>, string]>([
  ["no name", { name: "" }, "name"],
  ["a name of capitals", { name: "Guard" }, "name"],
  ["a name that is taken", { name: "taken" }, "name"],
  ["nothing to match", { match: "  " }, "match"],
  ["no program", { command: "\n" }, "command"],
  ["too many words", { command: Array.from({ length: 65 }, () => "x").join("\n") }, "command"],
  ["a word with NUL", { command: "x\n\0" }, "command"],
  ["no time", { seconds: " " }, "seconds"],
  ["no number", { seconds: "soon" }, "seconds"],
  ["too short a time", { seconds: "0.05" }, "seconds"],
  ["too long a time", { seconds: "61" }, "seconds"],
])("%s is said beside its field", (_what, change, field) => {
  const read = readHook({ ...guard, ...change }, ["taken"]);
  expect(read.ok ? [] : Object.keys(read.errors)).toEqual([field]);
});

test("a hook that only writes or tells needs no program and no time", () => {
  for (const effect of ["log", "notify"] as const) {
    const draft: HookDraft = { ...guard, on: "tool_post", effect, command: "", seconds: "" };
    expect(runsProgram(draft)).toBe(false);
    expect(readHook(draft, [])).toEqual({ ok: true, hook: { on: "tool_post", name: "guard", match: guard.match, effect: { do: effect } } });
  }
});
