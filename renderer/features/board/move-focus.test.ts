import { expect, test } from "vitest";
import { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import { boardColumns } from "#shared/domain/board.ts";
import type { ColumnView, Row } from "./board-view.ts";
import { moveFocus } from "./move-focus.ts";

const id = (name: string) => TaskId.parse(`t-${name.padStart(6, "0")}`);

/** Columns of cards by name; a name in brackets is a heading. */
function columns(...names: readonly (readonly string[])[]): readonly ColumnView[] {
  return boardColumns.map((column, index) => {
    const rows = (names[index] ?? []).map((name): Row => {
      if (name.startsWith("[")) return { kind: "group", key: name, name, count: 1 };
      return {
        kind: "card",
        key: id(name),
        // Only its key is looked at.
        task: {
          id: id(name),
          title: name,
          prompt: "",
          repositoryId: RepositoryId.parse("repo-aaaaaa"),
          repositoryName: "",
          baseBranch: "",
          agentId: "",
          agentName: "",
          mode: "auto",
          isUnattended: false,
          state: { state: "backlog" },
          activity: null,
          pendingRequests: 0,
          posture: null,
          unaskedCalls: 0,
          interface: "chat",
          choices: [],
          attemptGroup: null,
          usage: null,
          taint: [],
          createdAt: 0,
          rank: 0,
        },
      };
    });
    return { column, rows, count: rows.length, hidden: 0 };
  });
}

const board = columns(["a", "b", "c"], [], ["[till]", "d", "e"]);

test("with nothing selected, the first card of the board is it", () => {
  expect(moveFocus(columns([], ["x"]), null, "down")).toBe(id("x"));
  expect(moveFocus(columns(), null, "down")).toBeNull();
});

test("up and down stay within the column and stop at its ends", () => {
  expect(moveFocus(board, id("a"), "down")).toBe(id("b"));
  expect(moveFocus(board, id("c"), "down")).toBe(id("c"));
  expect(moveFocus(board, id("a"), "up")).toBe(id("a"));
});

test("left and right pass over empty columns and headings, and keep about the same height", () => {
  expect(moveFocus(board, id("b"), "right")).toBe(id("e"));
  expect(moveFocus(board, id("c"), "right")).toBe(id("e"));
  expect(moveFocus(board, id("d"), "left")).toBe(id("a"));
  expect(moveFocus(board, id("d"), "right")).toBe(id("d"));
});

test("a selected card that has gone counts as nothing selected", () => {
  expect(moveFocus(board, id("gone"), "down")).toBe(id("a"));
});
