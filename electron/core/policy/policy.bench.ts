import * as z from "zod";
import { type Decision, RuleList } from "#shared/contract/policy.ts";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { hostileCommands } from "./corpus/hostile.ts";
import { everydayRules } from "./corpus/rules.ts";
import { rawPrefix, regexSplit } from "./corpus/text-engines.ts";
import type { Expected, ExpectedLine } from "./corpus/expected-lines.ts";
import { fourthCorpus } from "./corpus/fourth.ts";
import { thirdCorpus } from "./corpus/third.ts";
import { decideCommand, decideRequest, rulesOf } from "./corpus/try.ts";
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
  const heapOf10000RulesMiB = round((heapUsed() - before) / 1_048_576);
  const onTheCorpus = {
    gatehouse: scoreOn(firstCorpus, (command) => decideCommand(command, rules).decision),
    rawPrefix: scoreOn(firstCorpus, rawPrefix),
    regexSplit: scoreOn(firstCorpus, regexSplit),
  };
  process.stderr.write(`first corpus\n${table(onTheCorpus, sizesOf(firstCorpus))}`);
  const onTheThirdCorpus = scoresOn("third corpus", third);
  const onTheFourthCorpus = scoresOn("fourth corpus", fourth);
  return {
    corpus: { allowed: allowedCommands.length, asked: askedCommands.length, denied: deniedCommands.length },
    perDecisionCpuMs: latency(rules, 30),
    perDecisionCpuMsAt10000Rules: latency(many, 30),
    decisionsPerSecond: throughput(rules, 2_000),
    hostile64KiB: hostileTimes(rules),
    heapOf10000RulesMiB,
    onTheCorpus,
    onTheThirdCorpus,
    onTheFourthCorpus,
  };
}

/** How the engines fare on lines that each bring their rules. */
function scoresOn(name: string, corpus: readonly Expectation[]) {
  const scores = {
    gatehouse: scoreOn(
      corpus,
      (command, lists) => decideRequest({ tool: "shell", command, cwd: "/repo" }, compiled(lists), { worktree: "/repo" }).decision,
    ),
    rawPrefix: scoreOn(corpus, rawPrefix),
    regexSplit: scoreOn(corpus, regexSplit),
  };
  process.stderr.write(`${name}\n${table(scores, sizesOf(corpus))}`);
  return scores;
}

/** Processor time of each decision, ms: on a busy machine the clock counts what others do. */
function latency(rules: RuleSet, rounds: number) {
  const times: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    for (const command of ordinary) {
      const time = processorTime(() => decideCommand(command, rules));
      if (round >= 0) times.push(time);
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

/** Processor time, which other work on the machine does not lengthen as it does the clock's; and a loop of 10 ms beside it, to compare by. */
function hostileTimes(rules: RuleSet) {
  const each: [string, number][] = [];
  const all: number[] = [];
  for (const [name, command] of Object.entries(hostileCommands())) {
    const times: number[] = [];
    for (let round = -2; round < 7; round += 1) {
      const time = processorTime(() => decideCommand(command, rules));
      if (round >= 0) times.push(time);
    }
    each.push([name, summary(times).p50]);
    all.push(...times);
  }
  const measure = summary(Array.from({ length: 9 }, () => processorTime(loop))).p50;
  return {
    kinds: each.length,
    cpuMs: summary(all),
    slowestKindsCpuMs: Object.fromEntries(each.toSorted((a, b) => b[1] - a[1]).slice(0, 8)),
    tenMillisecondLoopCpuMs: measure,
  };
}

function processorTime(work: () => unknown): number {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1_000;
}

/** About 10 ms on the machine that the limits of effort were measured on. */
function loop(): number {
  let sum = 0;
  for (let each = 0; each < 10_000_000; each += 1) sum = (sum * 31 + each) | 0;
  return sum;
}

interface Score {
  readonly unsafeAllows: number;
  readonly missedDenies: number;
  readonly needlessAsks: number;
}

type Expectation = readonly [command: string, expected: Exclude<Expected, "error">, rules: RuleList];

const firstCorpus: readonly Expectation[] = [
  ...allowedCommands.map((command) => [command, "allow", everyday] as const),
  ...askedCommands.map((command) => [command, "ask", everyday] as const),
  ...deniedCommands.map((command) => [command, "deny", everyday] as const),
];

const ShellLine = z.object({
  tool: z.literal("shell"),
  command: z.string(),
  rules: RuleList.extend({ ask: RuleList.shape.ask.default([]), deny: RuleList.shape.deny.default([]) }),
});

const third = shellCommands(thirdCorpus());
const fourth = shellCommands(fourthCorpus());

/** The shell commands of a corpus, each with its own rules. */
function shellCommands(lines: readonly ExpectedLine[]): readonly Expectation[] {
  return lines.flatMap(({ expected, text }): readonly Expectation[] => {
    const line = ShellLine.safeParse(JSON.parse(text));
    return line.success && expected !== "error" ? [[line.data.command, expected, line.data.rules]] : [];
  });
}

const sets = new Map<RuleList, RuleSet>();

function compiled(rules: RuleList): RuleSet {
  const known = sets.get(rules) ?? rulesOf(rules);
  sets.set(rules, known);
  return known;
}

function scoreOn(corpus: readonly Expectation[], decide: (command: string, rules: RuleList) => Decision): Score {
  const verdicts = corpus.map(([command, expected, rules]) => ({ expected, decision: decide(command, rules) }));
  return {
    unsafeAllows: verdicts.filter(({ expected, decision }) => expected !== "allow" && decision === "allow").length,
    missedDenies: verdicts.filter(({ expected, decision }) => expected === "deny" && decision !== "deny").length,
    needlessAsks: verdicts.filter(({ expected, decision }) => expected === "allow" && decision !== "allow").length,
  };
}

function sizesOf(corpus: readonly Expectation[]): Score {
  const count = (isOne: (expected: Expected) => boolean) => corpus.filter(([, expected]) => isOne(expected)).length;
  return {
    unsafeAllows: count((expected) => expected !== "allow"),
    missedDenies: count((expected) => expected === "deny"),
    needlessAsks: count((expected) => expected === "allow"),
  };
}

/** For people: what each engine gets wrong, of how many. */
function table(scores: Readonly<Record<string, Score>>, sizes: Score): string {
  const header = [
    "engine",
    `unsafe allows of ${sizes.unsafeAllows}`,
    `missed denies of ${sizes.missedDenies}`,
    `needless asks of ${sizes.needlessAsks}`,
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
