import { expect, test } from "vitest";
import { secondAllow, secondCorpus, secondDeny } from "./corpus/second.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";

const open = rulesOf({ allow: ["shell(*)"], deny: [...secondDeny] });
const named = rulesOf({ allow: [...secondAllow] });
const namedWithDeny = rulesOf({ allow: [...secondAllow], deny: [...secondDeny] });

test("what a deny rule names is denied in every form, although everything is allowed", () => {
  const missed = secondCorpus.denied.filter((command) => decideCommand(command, open).decision !== "deny");
  expect(missed).toEqual([]);
  expect(secondCorpus.denied.length).toBeGreaterThan(500);
});

test("what may become what a deny rule names is not allowed", () => {
  expect(secondCorpus.notAllowed.filter((command) => decideCommand(command, open).decision === "allow")).toEqual([]);
});

test("a rule with a program's name does not let through what the program can be told to run, write or load", () => {
  expect(secondCorpus.asked.filter((command) => decideCommand(command, named).decision === "allow")).toEqual([]);
  expect(secondCorpus.asked.length).toBeGreaterThan(350);
});

test("harmless twins are allowed: mentions in texts, patterns and comments, everyday use", () => {
  expect(secondCorpus.allowed.filter((command) => decideCommand(command, namedWithDeny).decision !== "allow")).toEqual([]);
});

test.each(["ls > out", "> out ls", "ls 2>> err", "PATH=/tmp ls", "GIT_PAGER=./x ls", "ls > /etc/x", "ls() { ls; }; ls"])(
  "an exact rule for `ls` does not cover what stands beside its words: %s",
  (command) => {
    expect(decideCommand(command, rulesOf({ allow: ["shell(ls)"] })).decision).toBe("ask");
  },
);

test("an exact rule for git does not cover another folder", () => {
  const rules = rulesOf({ allow: ["shell(git status)", "shell(cd:*)"] });
  expect(decideCommand("cd /elsewhere && git status", rules).decision).toBe("ask");
  expect(decideCommand("cd src && git status", rules).decision).toBe("allow");
});
