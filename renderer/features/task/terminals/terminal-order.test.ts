import { expect, test } from "vitest";
import { TerminalId } from "#shared/contract/ids.ts";
import { TerminalSummary } from "#shared/contract/terminal.ts";
import { chosenTerminal, orderedTerminals } from "./terminal-order.ts";

const terminal = (name: string, kind: "command" | "shell", createdAt: number) =>
  TerminalSummary.parse({ id: `term-${name}`, taskId: "t-aaaaaa", title: name, kind, createdAt, exit: null });

const all = [terminal("older1", "command", 1), terminal("shell1", "shell", 2), terminal("newer1", "command", 3)];
const ordered = orderedTerminals(all);

test("the newest command stands first and shells stand last", () => {
  expect(ordered.map((each) => each.title)).toEqual(["newer1", "older1", "shell1"]);
});

test("the agent's own interface stands before its commands and is shown without a choice", () => {
  const own = TerminalSummary.parse({ ...all[0], id: "term-own111", kind: "interface", createdAt: 0 });
  expect(orderedTerminals([...all, own])[0]?.id).toBe("term-own111");
});

test("without a choice the newest command is shown", () => {
  expect(chosenTerminal(ordered, null)?.title).toBe("newer1");
});

test("what the person chose stays when a newer command comes", () => {
  const wished = TerminalId.parse("term-older1");
  expect(chosenTerminal(orderedTerminals([...all, terminal("newest", "command", 9)]), wished)?.title).toBe("older1");
});

test("a terminal that has gone gives way to the newest", () => {
  expect(chosenTerminal(ordered, TerminalId.parse("term-gone11"))?.title).toBe("newer1");
});

test("choosing the shell shows it, and nothing where none is open", () => {
  expect(chosenTerminal(ordered, "shell")?.title).toBe("shell1");
  expect(chosenTerminal(orderedTerminals([terminal("older1", "command", 1)]), "shell")).toBeNull();
});
