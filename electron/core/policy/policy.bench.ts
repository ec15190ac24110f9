import type { Decision, RuleList } from "#shared/contract/policy.ts";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { everydayRules } from "./corpus/rules.ts";
import { rawPrefix, regexSplit, type TextEngine } from "./corpus/text-engines.ts";
import { decideCommand, rulesOf } from "./corpus/try.ts";
import { defaultRules } from "./default-rules.ts";
import type { RuleSet } from "./rule-set.ts";

/** Latency, throughput and memory of decisions, and how engines that match text fare on the same corpus. */
export const bench = { name: "policy", run };

const ordinary = [...allowedCommands, ...askedCommands, ...deniedCommands];
const everyday: RuleList = { ...everydayRules, deny: defaultRules.deny };

async function run(): Promise<unknown> {
  const rules = rulesOf(everyday);
  const before = heapUsed();
  const many = rulesOf(manyRules());
  const onTheCorpus = {
    gatehouse: score((command) => decideCommand(command, rules).decision),
    rawPrefix: score(textual(rawPrefix)),
    regexSplit: score(textual(regexSplit)),
  };
  process.stderr.write(table(onTheCorpus));
  return {
    corpus: { allowed: allowedCommands.length, asked: askedCommands.length, denied: deniedCommands.length },
    perDecisionMs: latency(rules, 30),
    perDecisionMsAt10000Rules: latency(many, 30),
    decisionsPerSecond: throughput(rules, 2_000),
    worst64KiBMs: Object.fromEntries(Object.entries(worst()).map(([name, command]) => [name, repeated(command, rules)])),
    heapOf10000RulesMiB: round((heapUsed() - before) / 1_048_576),
    worst64KiBCpuMs: Object.fromEntries(Object.entries(worst()).map(([name, command]) => [name, processorTime(command, rules)])),
    onTheCorpus,
  };
}

function latency(rules: RuleSet, rounds: number) {
  const times: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    for (const command of ordinary) {
      const begun = performance.now();
      decideCommand(command, rules);
      if (round >= 0) times.push(performance.now() - begun);
    }
  }
  return summary(times);
}

function throughput(rules: RuleSet, durationMs: number): number {
  const begun = performance.now();
  let count = 0;
  while (performance.now() - begun < durationMs) {
    decideCommand(ordinary[count % ordinary.length] ?? "ls", rules);
    count += 1;
  }
  return Math.round((count * 1_000) / (performance.now() - begun));
}

function repeated(command: string, rules: RuleSet) {
  const times: number[] = [];
  for (let round = -2; round < 15; round += 1) {
    const begun = performance.now();
    decideCommand(command, rules);
    if (round >= 0) times.push(performance.now() - begun);
  }
  return summary(times);
}

/** Median of the processor time, which other work on the machine does not lengthen as it does the clock's. */
function processorTime(command: string, rules: RuleSet): number {
  const times: number[] = [];
  for (let round = -2; round < 9; round += 1) {
    const begun = process.cpuUsage();
    decideCommand(command, rules);
    const { user, system } = process.cpuUsage(begun);
    if (round >= 0) times.push((user + system) / 1_000);
  }
  return summary(times).p50;
}

/** Commands of 64 KiB, each hard in its own way. */
function worst(): Readonly<Record<string, string>> {
  const filled = (piece: string) => piece.repeat(Math.ceil(65_536 / piece.length)).slice(0, 65_536);
  return {
    oneLongText: `git commit -m '${filled("a message ")}'`,
    aHeredoc: `cat <<'END'\n${filled("some text of a file\n")}\nEND`,
    manyFiles: `git add ${filled("src/some/file.ts ")}`,
    oneCommandManyTimes: filled("git status; "),
    differentCommands: Array.from({ length: 6_500 }, (_, index) => `l${index.toString(36)} -a`).join("; "),
    substitutions: filled("$(ls) "),
    wrappers: `${filled("sudo ")} ls`,
    braces: `echo ${filled("{a,b} ")}`,
    assignments: filled("x=1; "),
    expansions: `echo ${filled("${x:-y} ")}`,
    redirections: `ls ${filled(">f ")}`,
    openParentheses: filled("$("),
  };
}

interface Score {
  readonly unsafeAllows: number;
  readonly missedDenies: number;
  readonly needlessAsks: number;
}

function score(decide: (command: string) => Decision): Score {
  const count = (commands: readonly string[], isWrong: (decision: Decision) => boolean) =>
    commands.filter((command) => isWrong(decide(command))).length;
  return {
    unsafeAllows: count([...askedCommands, ...deniedCommands], (decision) => decision === "allow"),
    missedDenies: count(deniedCommands, (decision) => decision !== "deny"),
    needlessAsks: count(allowedCommands, (decision) => decision !== "allow"),
  };
}

/** For people: what each engine gets wrong, of how many. */
function table(scores: Readonly<Record<string, Score>>): string {
  const dangerous = askedCommands.length + deniedCommands.length;
  const header = [
    "engine",
    `unsafe allows of ${dangerous}`,
    `missed denies of ${deniedCommands.length}`,
    `needless asks of ${allowedCommands.length}`,
  ];
  const rows = Object.entries(scores).map(([name, score]) =>
    [name, score.unsafeAllows, score.missedDenies, score.needlessAsks].map(String),
  );
  return [header, ...rows]
    .map(
      (row) =>
        `${row
          .map((cell) => cell.padEnd(24))
          .join("")
          .trimEnd()}\n`,
    )
    .join("");
}

function textual(engine: TextEngine): (command: string) => Decision {
  return (command) => engine(command, everyday);
}

/** Ten thousand rules, many of them for the programs of the corpus. */
function manyRules(): Partial<RuleList> {
  const numbered = (count: number, rule: (index: number) => string) => Array.from({ length: count }, (_, index) => rule(index));
  return {
    allow: [
      ...everyday.allow,
      ...numbered(4_500, (index) => `shell(tool${index} sub${index % 7}:*)`),
      ...numbered(500, (index) => `shell(git sub${index}:*)`),
    ],
    deny: [
      ...everyday.deny,
      ...numbered(2_000, (index) => `shell(bad${index} x:*)`),
      ...numbered(500, (index) => `shell(rm -rf /d${index}:*)`),
    ],
    ask: numbered(2_500, (index) => `shell(ask${index} y:*)`),
  };
}

function summary(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
