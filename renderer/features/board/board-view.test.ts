import { describe, expect, test } from "vitest";
import { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import { isWeaker, noFilter, viewBoard } from "./board-view.ts";

let made = 0;
function task(title: string, more: Partial<Task> = {}): Task {
  made += 1;
  return {
    id: TaskId.parse(`t-${String(made).padStart(6, "0")}`),
    title,
    prompt: "",
    repositoryId: RepositoryId.parse("repo-aaaaaa"),
    repositoryName: "till",
    baseBranch: "main",
    agentId: "practice",
    agentName: "Practice agent",
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
    createdAt: made,
    rank: made,
    ...more,
  };
}

const titles = (tasks: readonly Task[], filter = noFilter) =>
  viewBoard(tasks, filter).map((view) => view.rows.map((row) => (row.kind === "group" ? `[${row.name} ${row.count}]` : row.task.title)));

describe("the board as it is drawn", () => {
  test("has six columns, each in its order", () => {
    const first = task("first", { rank: 1 });
    const second = task("second", { rank: 2 });
    const queued = task("queued", { state: { state: "queued", queuedAt: 1 } });
    expect(titles([second, queued, first])).toEqual([["first", "second"], ["queued"], [], [], [], []]);
  });

  test("is filtered by every word, in title, repository, branch and agent", () => {
    const tasks = [
      task("Fix the parser"),
      task("Fix the docs", { repositoryName: "parser-docs" }),
      task("Other", { baseBranch: "fix/parser" }),
      task("Nothing"),
    ];
    expect(titles(tasks, { ...noFilter, words: "FIX parser" })[0]).toEqual(["Fix the parser", "Fix the docs", "Other"]);
  });

  test("counts what the filter hides, by column", () => {
    const [backlog] = viewBoard([task("apple"), task("zebra")], { ...noFilter, words: "zebra" });
    expect(backlog).toMatchObject({ count: 1, hidden: 1 });
  });

  test("shows only what is weaker than the default, when asked to", () => {
    const weaker = task("weaker", { posture: { driver: "local", label: "Local sandbox", weaker: ["shares the kernel"] } });
    const normal = task("normal", { posture: { driver: "docker", label: "Docker, no network", weaker: [] } });
    expect(isWeaker(weaker)).toBe(true);
    expect(titles([weaker, normal, task("not started")], { ...noFilter, isWeakerOnly: true })[0]).toEqual(["weaker"]);
  });

  test("groups by repository, each group headed with its count", () => {
    const tasks = [task("one", { repositoryName: "b" }), task("two", { repositoryName: "a" }), task("three", { repositoryName: "b" })];
    expect(titles(tasks, { ...noFilter, groupBy: "repository" })[0]).toEqual(["[a 1]", "two", "[b 2]", "one", "three"]);
  });

  test("keeps a column's identity while nothing in it changed", () => {
    const still = task("still");
    const moving = task("moving", { state: { state: "queued", queuedAt: 1 } });
    const before = viewBoard([still, moving], noFilter);
    const after = viewBoard([still, { ...moving, activity: "Next" }], noFilter, before);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });
});
