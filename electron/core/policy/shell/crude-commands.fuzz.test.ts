import { array, assert, constant, constantFrom, oneof, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { rulesOf } from "../corpus/try.ts";
import { noNeeds } from "../rules/deny-needs.ts";
import { CrudeCommands } from "./crude-commands.ts";
import { baseName } from "./inspect.ts";
import type { ShellWord } from "./shell-word.ts";

const denied = [
  ...["rm -rf /:*", "rm -rf /", "rm -r -f /etc", "rm --recursive /home/a:*", "rm x", "rm:*", "/bin/rm -rf /", "rm -rf ~"],
  ...[
    "git push --force:*",
    "git push -f origin",
    "git reset --hard:*",
    "git clean -fdx",
    "git commit --no-verify:*",
    "git add -f:*",
    "git add .",
    "pnpm remove x",
  ],
  ...["npm install:*", "docker run --privileged:*", "kill -9 1", "chmod 777 /:*", "dd if=/dev:*", "mkfs:*", "curl -o /etc/x:*"],
  ...["find / -delete", "tar -xf a", "tee /etc/passwd:*", "ls *.env", "cat .env:*", "sed -i:*", "pip install x", "cp a /usr:*"],
];

const words = [
  ..."rm git pnpm npm docker kill chmod dd mkfs mkfs.ext4 curl find tar tee ls cat sed pip3 cp sudo env /bin/rm ./rm".split(" "),
  ..."-r -f -rf -fr -Rf --recursive --force --rec --forc -9 -KILL -i -i.bak -o -o/etc/x --output=/etc/x -x -fdx -d --hard --no-verify".split(
    " ",
  ),
  ..."/ // /. /etc /etc/ ../../etc ../../.. . .. ./x x y /home/a /home/a/b /home//a /w/../etc ~ a .env ./.env b.env +main +a".split(" "),
  ..."push add stage reset clean commit origin install i run container rmi un remove 1 777 0777 if=/dev/sda of=x -delete xf -xf --privileged".split(
    " ",
  ),
];

/** The texts of commands that deny rules surely hold for, found with a look at what they need or without one. */
function deniedIn(text: string, rules: readonly string[], cwd: string, withNeeds: boolean): string | null {
  const { shell } = rulesOf({ deny: rules.map((rule) => `shell(${rule})`) });
  const needsAt = (path: string, start: number, end: number) => {
    const needs = shell.needsAt(path, start, end);
    return needs === null || withNeeds ? needs : noNeeds;
  };
  const isDenied = (command: readonly ShellWord[]) => shell.denies(command, baseName(command[0]?.text ?? ""), cwd)?.match === "yes";
  const found = new CrudeCommands(needsAt, cwd).find(isDenied, text);
  return found?.map(({ source }) => source).join(" ") ?? null;
}

test("what commands need to meet a deny rule is never missing where they meet it", () => {
  let met = 0;
  const others = array(constantFrom(...words), { maxLength: 2 });
  // The words of a rule, some of them others, some between them.
  const command = constantFrom(...denied)
    .chain((rule) =>
      tuple(
        ...rule
          .replace(":*", "")
          .split(" ")
          .map((word) => tuple(oneof({ weight: 4, arbitrary: constant(word) }, { weight: 1, arbitrary: constantFrom(...words) }), others)),
      ),
    )
    .map((parts) => parts.flatMap(([word, more]) => [word, ...more]));
  const someRules = array(constantFrom(...denied), { minLength: 1, maxLength: 12 });
  assert(
    property(
      someRules,
      array(tuple(command, constantFrom("; ", " | ", "\n", " && ")), { minLength: 1, maxLength: 4 }),
      constantFrom("/w", "/", "/home", "/w/a"),
      (rules, commands, cwd) => {
        const text = commands.map(([some, joint]) => some.join(" ") + joint).join("");
        const without = deniedIn(text, rules, cwd, false);
        if (without !== null) met += 1;
        expect([text, deniedIn(text, rules, cwd, true)]).toEqual([text, without]);
      },
    ),
    { numRuns: 12_000, seed: 11 },
  );
  expect(met).toBeGreaterThan(3_000);
});
