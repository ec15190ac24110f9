import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { BranchName } from "#shared/contract/repository.ts";
import { proposedBranch } from "./branch-name.ts";

test("the proposed branch is the title in plain letters", () => {
  expect(proposedBranch("Recover from unbalanced braces: Übung #2!")).toBe("gatehouse/recover-from-unbalanced-braces-ubung-2");
});

test("a title without letters still gives a branch", () => {
  expect(proposedBranch("???")).toBe("gatehouse/task");
});

test("whatever the title, the contract takes the proposed branch", () => {
  assert(property(string({ unit: "binary" }), (title) => BranchName.safeParse(proposedBranch(title)).success));
});
