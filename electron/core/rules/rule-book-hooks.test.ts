import { expect, test } from "vitest";
import { Hook } from "#shared/contract/hook.ts";
import { here, withService } from "../../testing/rule-book.ts";

test("hooks are checked by column, replaced on record, kept over a restart, and not over what another window made of them", async () => {
  const { book, again, entries } = await withService();
  const guard = hook("guard", "shell(npm publish:*)");
  expect(book.hookProblems([guard, hook("guard", "shell(git:*)"), hook("other", "shell(")])).toMatchObject([
    { list: "hooks", index: 1, problem: expect.stringContaining("two hooks named guard") },
    { list: "hooks", index: 2, column: expect.any(Number) },
  ]);
  await book.setHooks([guard], [], "Ada");
  const tell = Hook.parse({ on: "tool_post", name: "tell", match: "shell(*)", effect: { do: "notify" } });
  await expect(book.setHooks([tell], [], "Eve")).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(book.setHooks([hook("bad", "shell(")], [guard], "Ada")).rejects.toMatchObject({ code: "RULES_MALFORMED" });
  const own = () => book.of(null).layers.flatMap(({ hooks }) => hooks);
  expect(own()).toEqual([guard]);
  await book.setHooks([guard, tell], [guard], "Ada");
  expect(own()).toEqual([guard, tell]);
  expect(
    again()
      .of(null)
      .hooks.map(({ id }) => id),
  ).toEqual(["default:guard", "default:tell"]);
  const changes = (await entries()).filter(({ verb, phase }) => verb === "policy.set-hooks" && phase === "intent");
  expect(changes.map(({ detail }) => detail["after"])).toEqual([[guard, tell], [guard]]);
});

test("a rule file whose hooks are malformed is refused by place, and the last good one stays, hooks and all", async () => {
  const { book } = await withService();
  const good = `{ "deny": ["shell(npm publish:*)"], "hooks": [{ "on": "tool_pre", "name": "guard", "match": "shell(*)", "command": ["/opt/guard"] }] }`;
  expect(book.takeFile(here, good)).toEqual([]);
  await book.adoptFile(here, book.file(here)?.sha256 ?? "", "Ada");
  const inForce = () => book.of(here).hooks.map(({ id }) => id);
  expect(inForce()).toEqual(["repository:guard"]);
  expect(book.takeFile(here, good.replace("tool_pre", "tool_never"))).toEqual([
    expect.stringMatching(/^line 1, column \d+: This hook cannot be read: on/),
  ]);
  expect(book.file(here)).toMatchObject({ content: good, isAdopted: true });
  expect(book.brokenFile(here)?.problems).toMatchObject([{ line: 1 }]);
  expect(inForce()).toEqual(["repository:guard"]);
  expect(book.takeFile(here, good.replace("/opt/guard", "/opt/other"))).toEqual([]);
  expect(book.file(here)).toMatchObject({ isAdopted: false, hooks: [] });
  expect(inForce()).toEqual([]);
});

function hook(name: string, match: string): Hook {
  return Hook.parse({ on: "tool_pre", name, match, command: ["/bin/true"] });
}
