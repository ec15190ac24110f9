import { expect, onTestFinished, test } from "vitest";
import type { PlanEntry } from "#shared/contract/task.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import { scripted, type Step } from "../core/agents/scripted-model/script.ts";
import { startAgentSession } from "../core/agents/start-agent-session.ts";
import type { AgentBench } from "./real-agents.ts";
import { RecordingAgentHost } from "./recording-agent-host.ts";

/** What an agent tells of a kind of content, or in words why it does not. */
export type Tells<T> = T | { readonly not: string };

export interface ContentSubject {
  /** Of the profile. */
  readonly id: string;
  /** The call by which its model keeps a plan of two steps. */
  readonly plan: Tells<Step>;
  /** The call by which its model asks the person for a colour, and the field of the form that takes it. */
  readonly question: Tells<{ readonly step: Step; readonly field: string }>;
  /** Whether what a command printed is told. */
  readonly output: Tells<true>;
  /** The call by which its model looks at a picture in a file, where the agent then shows it. */
  readonly picture: Tells<Step>;
  /** Its commands for a shell and for reading a file, with an input that they do not take. */
  readonly mistakes: readonly Step[];
}

/** 16 by 16 pixels in one colour. */
const picture = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR42mM4EaBBEmIY1TCqYfhqAAC/xkAQBZlNgAAAAABJRU5ErkJggg==";
const worktree = "/workspace/task";
const file = `${worktree}/picture.png`;
export const pictureFile = file;

/** A colour, a title of the window, the clipboard, text that turns around, markup. */
const hostile = String.raw`printf '\033[31mred\033[0m \033]0;title\007\033]52;c;aGk=\007\342\200\256 <script>alert(1)</script>\n'; echo complaint >&2; (exit 3)`;
const twoSteps: readonly PlanEntry[] = [
  { text: "one", status: "completed" },
  { text: "two", status: "in_progress" },
];

/** Everything but messages and calls that a real agent tells in a turn, and the mistakes of its model. */
export function contentSuite(subject: ContentSubject, shared: () => Promise<AgentBench>): void {
  const { plan, question, output } = subject;
  const gaps = [plan, question, output, subject.picture].flatMap((one) => (isTold(one) ? [] : [one.not]));
  const but = gaps.length === 0 ? "" : `; but ${gaps.join(", and ")}`;

  test(`thoughts, pictures, a plan, a form and output arrive as what they are, and a mistaken call stops nothing${but}`, {
    timeout: 180_000,
  }, async () => {
    const bench = await shared();
    const before = (await bench.seen()).length;
    await bench.run(`echo ${picture} | base64 -d > ${file}`);
    const host = new RecordingAgentHost();
    host.answerQuestion = ({ fields }) => {
      const [field] = fields;
      return field?.kind === "choice" ? { action: "accept", values: { [field.name]: "blue" } } : { action: "decline" };
    };
    const common = { clock: systemClock, logger: silentLogger(), taskId: "content", host, resume: null };
    const session = await startAgentSession({ ...bench, ...common }, new AbortController().signal);
    onTestFinished(async () => await session.end());
    expect(session.takesImages).toBe(true);
    const steps: readonly Step[] = [
      { run: hostile },
      ...(isTold(subject.picture) ? [subject.picture] : []),
      ...(isTold(plan) ? [plan] : []),
      ...(isTold(question) ? [question.step] : []),
      { call: "NoSuchTool", input: { any: 1 } },
      ...subject.mistakes,
      { edit: `${worktree}/a.txt`, from: "not there at all", to: "new" },
      { think: "I wonder about it.", say: "all seen" },
    ];
    const prompt = { text: scripted("Look.", steps), images: [{ type: "image/png" as const, data: picture }] };
    expect(await session.prompt(prompt, new AbortController().signal)).toEqual({ kind: "end-of-turn" });

    expect(host.said).toContain("all seen");
    expect([...host.thoughts.values()].join("\n")).toContain("I wonder about it.");
    const asked = (await bench.seen()).slice(before).map(({ body }) => body);
    expect(asked.some((body) => body.includes("base64") || body.includes("inlineData"))).toBe(true);
    // Nothing ran unasked that could have done anything: what was mistaken failed before it asked.
    expect(host.unaskedCalls.filter(({ isKnownSilentRead }) => !isKnownSilentRead).map(({ call }) => call.title)).toEqual([]);
    expect(host.commands).toEqual([hostile]);
    expect(await bench.run(`cd ${worktree} && git status --porcelain -uno && cat a.txt`)).toBe("one\ntwo\n");

    expect(host.plans.at(-1) ?? null).toEqual(isTold(plan) ? twoSteps : null);
    expect(host.images).toEqual(isTold(subject.picture) ? [picture] : []);
    if (isTold(question)) {
      expect(host.questions).toMatchObject([
        { fields: expect.arrayContaining([expect.objectContaining({ name: question.field, kind: "choice" })]) },
      ]);
      expect(asked.some((body) => body.includes("blue") && /answer/iu.test(body))).toBe(true);
    } else expect(host.questions).toEqual([]);
    const screen = host.terminals.find(({ title }) => title.includes("complaint"));
    const printed = output === true ? [`${String.fromCharCode(27)}[31mred`, "complaint"] : [];
    for (const part of printed) expect(screen?.output).toContain(part);
    if (output !== true) expect(screen).toBeUndefined();
    if (output === true) expect([...host.screens.values()]).toContain(screen?.id);
  });
}

function isTold<T>(one: Tells<T>): one is T {
  return typeof one !== "object" || one === null || !("not" in one);
}
