import { array, assert, constantFrom, integer, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { openRules } from "./corpus/rules.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";

const open = rulesOf({ ...openRules, deny: ["shell(git push --force:*)", "shell(npm publish:*)", "shell(kubectl delete:*)"] });

const denied = [
  "rm -rf /",
  "rm -r -f /etc",
  "git push --force origin",
  "npm publish --tag x",
  "kubectl delete pod a",
  "mkfs.ext4 /dev/sda",
];

/** Ways to spell one word that a shell reads as the same word. */
const spellings: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => `'${word}'`,
  (word) => `"${word}"`,
  (word) => `\\${word}`,
  (word) => `${word.slice(0, 1)}''${word.slice(1)}`,
  (word) => `${word.slice(0, 1)}"${word.slice(1)}"`,
  (word) => `$'${Array.from(word, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`).join("")}'`,
  (word) => `$'${Array.from(word, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`).join("")}'`,
  (word) => `${word.slice(0, 1)}\\\n${word.slice(1)}`,
];

/** Programs that run what stands behind them. */
const wrappers: readonly ((words: string) => string)[] = [
  ..."sudo|sudo -u root|doas|env A=b|env -i|nice -n 5|nohup|timeout -k 1 5|stdbuf -oL|setsid -w|ionice -c 3|flock /tmp/l|command|exec -a x|xargs -n1|find . -exec|strace -f|unshare -r|chroot /m|busybox|entr -r|cpulimit -l 5|rustup run stable|poetry run|docker-compose exec web|npm explore x --|watch -n 1|/usr/bin/env|ssh h"
    .split("|")
    .map((wrapper) => (words: string) => (wrapper === "find . -exec" ? `${wrapper} ${words} \\;` : `${wrapper} ${words}`)),
];

/** What the shell's grammar puts around a command. */
const grammar: readonly ((words: string) => string)[] = [
  (words) => words,
  (words) => `X=1 ${words}`,
  (words) => `! ${words}`,
  (words) => `time ${words}`,
  (words) => `ls; ${words}`,
  (words) => `(${words})`,
  (words) => `{ ${words}; }`,
  (words) => `if ls; then ${words}; fi`,
  (words) => `echo "$(${words})"`,
  (words) => `cat <(${words})`,
  (words) => `f() { ${words}; }; f`,
  (words) => `ls | ${words}`,
];

/** What quotes a whole command, so it can only stand outermost but for words. */
const shells: readonly ((command: string) => string)[] = [
  (command) => command,
  (command) => `sh -c ${quoted(command)}`,
  (command) => `bash -lc ${quoted(command)}`,
  (command) => `eval ${quoted(command)}`,
  (command) => `su -c ${quoted(command)}`,
  (command) => `env -S ${quoted(`sh -c ${quoted(command)}`)}`,
  (command) => `bash <<'END'\n${command}\nEND`,
  (command) => `trap ${quoted(command)} EXIT`,
  (command) => `echo ${quoted(command)} | sh`,
  (command) => `git rebase -x ${quoted(command)} main`,
];

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

test("a denied command is denied however its words are spelled, wrapped and handed to a shell", () => {
  const spelled = constantFrom(...denied).chain((command) => {
    const words = command.split(" ");
    return tuple(...words.map(() => constantFrom(...spellings))).map((ways) =>
      words.map((word, index) => ways[index]?.(word) ?? word).join(" "),
    );
  });
  assert(
    property(
      spelled,
      array(constantFrom(...wrappers), { maxLength: 2 }),
      constantFrom(...grammar),
      constantFrom(...shells),
      (command, around, place, shell) => {
        const text = shell(place(around.reduce((inside, wrap) => wrap(inside), command)));
        expect([text, decideCommand(text, open).decision]).toEqual([text, "deny"]);
      },
    ),
    { numRuns: 3_000, seed: 11 },
  );
});

test("what is longer than is read whole is never allowed, whatever it is made of", () => {
  const corpus = [...allowedCommands, ...askedCommands, ...deniedCommands];
  const pieces = array(tuple(constantFrom(...corpus), constantFrom("; ", "\n", " && ", " | ", " ")), { minLength: 1, maxLength: 30 });
  assert(
    property(pieces, integer({ min: 65_536, max: 200_000 }), (some, size) => {
      const piece = `echo "$(ls)" $x ; ${some.flat().join("")}`;
      const text = piece.repeat(Math.ceil(size / piece.length));
      expect(decideCommand(text, open).decision).not.toBe("allow");
    }),
    { numRuns: 60, seed: 12 },
  );
});
