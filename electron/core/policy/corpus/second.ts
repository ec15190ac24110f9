import { readFileSync } from "node:fs";
import { developerRules, everydayRules } from "./rules.ts";

/**
 * A second corpus, written apart from the tables: what a deny rule names in every form that a shell and its programs give it,
 * what a rule with a program's name must not let through, and harmless twins of both. One command a line; in the lists of
 * asked and allowed ones `\n`, `\r` and `\uXXXX` stand for those characters.
 */
export const secondCorpus = {
  denied: rawLines("denied"),
  /** Denied or asked about: what they would run is put together when they run, or is text of another program. */
  notAllowed: rawLines("not-allowed"),
  asked: lines("asked"),
  allowed: lines("allowed"),
};

/** What the denied ones hold. */
export const secondDeny: readonly string[] = [
  ...["rm -rf /", "dd if=/dev", "mkfs", "sudo", "git push --force", "npm publish", "nc", "chmod 777", "curl evil.example"].map(
    (words) => `shell(${words}:*)`,
  ),
];

const more =
  "ls vi nano gcc ld openssl gpg busybox php scp rsync split patch install crontab at ln parallel gdb strace emacs type command set trap hash alias enable mapfile getopts typeset readonly shopt select exec let coproc . f r cpio ar 7z zip ffmpeg rmdir truncate shred chown csplit npx screen script";

/** Every program of the corpus by its name, and no more. */
export const secondAllow: readonly string[] = [
  ...new Set([...everydayRules.allow, ...developerRules.allow, "shell(:)", ...more.split(" ").map((name) => `shell(${name}:*)`)]),
];

function rawLines(name: string): readonly string[] {
  const text = readFileSync(new URL(`second/${name}.txt`, import.meta.url), "utf8");
  return text.split("\n").filter((line) => line !== "");
}

function lines(name: string): readonly string[] {
  return rawLines(name).map((line) =>
    line
      .replaceAll(String.raw`\n`, "\n")
      .replaceAll(String.raw`\r`, "\r")
      .replaceAll(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))),
  );
}
