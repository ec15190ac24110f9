import type { RuleList } from "#shared/contract/policy.ts";

/** Rules as a person who works with agents every day would have them: programs by name, nothing more. */
export const everydayRules: RuleList = {
  allow:
    "git ls echo cat grep find sed awk sort head tail wc npm python node make tar xargs sh bash env rm cd rg curl tee test [ true mkdir cp sudo timeout printf cargo go jq tr cut uniq touch diff pwd which export eval"
      .split(" ")
      .map((program) => `shell(${program}:*)`),
  deny: [],
  ask: [],
};

/** Everything is allowed, but for what the built-in rules deny. */
export const openRules: RuleList = { allow: ["shell(*)"], deny: [], ask: [] };

/** Commands by what rules must say of them. */
export interface RuleCorpus {
  readonly rules: RuleList;
  readonly deny: readonly string[];
  readonly ask: readonly string[];
  readonly allow: readonly string[];
}

/** Rules of a person who lets agents work and names what they may not. */
export const developerRules: RuleList = {
  allow: [
    ..."npm node npx yarn pnpm cargo go python python3 pytest make tsc eslint jest cat ls grep rg find sed awk head tail wc sort uniq cut tr diff echo printf cd mkdir touch cp mv tee xargs git jq curl wget tar which test [ date env timeout bash sh docker ssh man rsync zip unzip kubectl perl ruby dd vim less psql sqlite3 gcc chmod tmux rm du df stat file basename dirname realpath nl tac seq sleep kill ps ln pip nohup nice time watch parallel column comm paste od xxd base64 md5sum sha256sum yes fold bc exit return read local declare source"
      .split(" ")
      .map((program) => `shell(${program}:*)`),
    ...["shell(pwd)", "shell(true)", "shell(false)", "shell(export FOO=1)", "shell(set -e)", "shell(:)", "shell(break)", "shell(continue)"],
  ],
  deny: [
    "shell(curl evil:*)",
    "shell(rm -rf /:*)",
    "shell(sudo:*)",
    "shell(git push --force:*)",
    "shell(npm publish:*)",
    "shell(nc:*)",
    "shell(chmod 777:*)",
  ],
  ask: ["shell(git push:*)", "shell(docker:*)", "shell(npm install:*)", "shell(rm:*)"],
};
