import { expect, test } from "vitest";
import { commandMatches } from "./command-matches.ts";

const commands = ["compact", "review", "Init", "pr-comments", "release-notes"].map((name) => ({ name }));
const names = (text: string) => commandMatches(commands, text).map(({ name }) => name);

test("a slash offers all commands; letters leave those that begin with them first, then those that hold them", () => {
  expect(names("/")).toEqual(["compact", "review", "Init", "pr-comments", "release-notes"]);
  expect(names("/re")).toEqual(["review", "release-notes"]);
  expect(names("/IN")).toEqual(["Init"]);
  expect(names("/com")).toEqual(["compact", "pr-comments"]);
});

test("nothing is offered in the middle of a message, after the name, or for a name that none has", () => {
  expect([names("see /re"), names("/review now"), names("/review\n"), names("/zzz"), names("")]).toEqual([[], [], [], [], []]);
});

test("no more are shown than fit", () => {
  const many = Array.from({ length: 200 }, (_, index) => ({ name: `c${index}` }));
  expect(commandMatches(many, "/c")).toHaveLength(8);
});
