import * as z from "zod";
import { type Decision, RuleList } from "#shared/contract/policy.ts";
import { allowedCommands } from "./corpus/allowed.ts";
import { askedCommands } from "./corpus/asked.ts";
import { deniedCommands } from "./corpus/denied.ts";
import { hostileCommands, hostileSize } from "./corpus/hostile.ts";
import { everydayRules } from "./corpus/rules.ts";
import { rawPrefix, regexSplit } from "./corpus/text-engines.ts";
import type { Expected, ExpectedLine } from "./corpus/expected-lines.ts";
import { fifthCorpus } from "./corpus/fifth.ts";
import { fourthCorpus } from "./corpus/fourth.ts";
import { sixthCorpus } from "./corpus/sixth.ts";
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
  const onTheFifthCorpus = scoresOn("fifth corpus", fifth);
  const onTheSixthCorpus = scoresOn("sixth corpus", sixth);
  return {
    corpus: { allowed: allowedCommands.length, asked: askedCommands.length, denied: deniedCommands.length },
    measured,
    perDecision: latency(rules, 30),
    perDecisionAt10000Rules: latency(many, 30),
    decisionsPerSecond: throughput(rules, 2_000),
    hostile64KiB: hostileTimes(rules, hostileSize),
    hostile8KiB: hostileTimes(rules, ordinarySize),
    heapOf10000RulesMiB,
    onTheCorpus,
    onTheThirdCorpus,
    onTheFourthCorpus,
    onTheFifthCorpus,
    onTheSixthCorpus,
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

/** What the figures are, for whoever reads them. */
const measured = {
  wallMs: "by the clock, what a person waits for; other work on the machine lengthens it",
  cpuMs: "processor time of the whole process, with the threads of the collector and the compiler; and of its own thread where Node tells",
  pooled: "over every repetition of every command: a collector's pause of one counts",
  slowest: "the command with the highest median of its repetitions",
  tenMillisecondLoop: "a loop that took 10 ms where the limits of effort were set, in the same run, between the commands",
};

/** Each decision, ms. */
function latency(rules: RuleSet, rounds: number) {
  const of = new Map(ordinary.map((command) => [command, newTimes()]));
  for (let round = -2; round < rounds; round += 1)
    for (const [command, times] of of) timed(() => decideCommand(command, rules), round >= 0 ? times : null);
  return summaryOf(of, 3);
}

/** Times of repetitions, ms: by the clock, of the process, and of this thread where Node tells (23.9 and later). */
interface Times {
  readonly wall: number[];
  readonly cpu: number[];
  readonly thread: number[];
}

const newTimes = (): Times => ({ wall: [], cpu: [], thread: [] });

function timed(work: () => unknown, into: Times | null): void {
  const thread = threadTime();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  work();
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  const after = threadTime();
  if (into === null) return;
  into.wall.push(wall);
  into.cpu.push((user + system) / 1_000);
  if (thread !== null && after !== null) into.thread.push(after - thread);
}

const Usage = z.object({ user: z.number(), system: z.number() });

function threadTime(): number | null {
  if (!("threadCpuUsage" in process) || typeof process.threadCpuUsage !== "function") return null;
  const { user, system } = Usage.parse(process.threadCpuUsage());
  return (user + system) / 1_000;
}

/** Over all, and the slowest by their own medians. */
function summaryOf(of: ReadonlyMap<string, Times>, shown: number) {
  const pooled = (kind: keyof Times) => summary([...of.values()].flatMap((times) => times[kind]));
  const medians = [...of].map(([name, { wall }]) => [name, summary(wall).p50] as const).toSorted((a, b) => b[1] - a[1]);
  return {
    pooledWallMs: pooled("wall"),
    pooledCpuMs: pooled("cpu"),
    pooledThreadCpuMs: [...of.values()].some(({ thread }) => thread.length > 0) ? pooled("thread") : null,
    medianWallMs: summary(medians.map(([, median]) => median)),
    slowestWallMs: Object.fromEntries(medians.slice(0, shown)),
  };
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

/** The longest text that is read most closely, characters. */
const ordinarySize = 8_192;

/** Every kind of hostile text, and a loop of 10 ms between them to compare by. */
function hostileTimes(rules: RuleSet, size: number) {
  const kinds = Object.entries(hostileCommands()).map(
    ([name, command]) => [name, size < hostileSize ? command.slice(0, size) : command] as const,
  );
  const of = new Map(kinds.map(([name]) => [name, newTimes()]));
  const measure = newTimes();
  for (const [name, command] of kinds) {
    for (let round = -3; round < 15; round += 1) timed(() => decideCommand(command, rules), round >= 0 ? (of.get(name) ?? null) : null);
    timed(loop, measure);
  }
  return {
    kinds: kinds.length,
    ...summaryOf(of, 10),
    tenMillisecondLoopWallMs: summary(measure.wall).p50,
    tenMillisecondLoopCpuMs: summary(measure.cpu).p50,
  };
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
const fifth = shellCommands(fifthCorpus());
const sixth = shellCommands(sixthCorpus());

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
