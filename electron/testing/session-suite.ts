import { expect, onTestFinished, test } from "vitest";
import type { AgentSession } from "../core/agents/agent-session.ts";
import { startAgentSession } from "../core/agents/start-agent-session.ts";
import { systemClock } from "../core/kernel/clock.ts";
import { silentLogger } from "../core/kernel/logger.ts";
import type { AgentBench } from "./real-agents.ts";
import { type Decide, RecordingAgentHost } from "./recording-agent-host.ts";
import { scripted, type Step } from "../core/agents/scripted-model/script.ts";

export interface SessionSubject {
  /** Of the profile. */
  readonly id: string;
  /** Choices that it offers: the id of the option, one of its values, and what a request to the model holds from then on. */
  readonly choice: { readonly id: string; readonly value: string; readonly asked: string } | null;
  /** A command that it offers to say. */
  readonly command: string | null;
  /** Whether the model hears of what was said before the restart. */
  readonly remembers: boolean;
  /** Makes the sandbox as it is when the agent can take its session up again. */
  readonly beforeResume?: string;
}

const never = new AbortController().signal;

/** A real agent's session, from its menus over cancelled turns to another life of it. */
export function sessionSuite(subject: SessionSubject, shared: () => Promise<AgentBench>): void {
  test("a cancelled turn leaves no command running, and the session goes on", { timeout: 120_000 }, async () => {
    const bench = await shared();
    const { session, host } = await open(bench);
    const running = new AbortController();
    const turn = session.prompt(scripted("Go.", [{ run: "echo $$ > ~/pid; sleep 300; touch ~/slept" }, { say: "slept" }]), running.signal);
    await expect.poll(async () => await bench.run("cat ~/pid 2>/dev/null || true"), { timeout: 40_000 }).not.toBe("");
    running.abort();
    expect(await turn).toEqual({ kind: "cancelled" });
    expect(await bench.run(`pgrep -f "[s]leep 300" || echo none`)).toBe("none\n");

    const asking = new AbortController();
    let isAsked = () => {};
    const asked = new Promise<void>((resolve) => (isAsked = resolve));
    host.answers = async (_, signal) => {
      isAsked();
      return await new Promise((resolve) => signal.addEventListener("abort", () => resolve("allowed")));
    };
    const questioned = session.prompt(scripted("Again.", [{ run: "touch ~/never" }, { say: "never" }]), asking.signal);
    await asked;
    asking.abort();
    expect(await questioned).toEqual({ kind: "cancelled" });

    host.answers = () => "allowed";
    expect(await session.prompt(scripted("Once more.", [{ run: "touch ~/made" }, { say: "all made" }]), never)).toEqual({
      kind: "end-of-turn",
    });
    expect(host.said).toContain("all made");
    expect(await bench.run("cd ~ && ls made never slept 2>/dev/null || true")).toBe("made\n");
    expect(host.unaskedCalls).toEqual([]);
  });

  test("what it offers can be chosen, and another life of it takes the session up", { timeout: 150_000 }, async () => {
    const bench = await shared();
    const atFirst = (await bench.seen()).length;
    const first = await open(bench);
    expect(first.host.offer.options.map(({ id }) => id)).not.toContain("mode");
    if (subject.choice !== null) {
      const { id, value } = subject.choice;
      const option = first.host.offer.options.find((one) => one.id === id);
      expect(option?.choices.map((choice) => choice.value)).toContain(value);
      await first.session.setOption?.(id, value);
      await expect(first.session.setOption?.(id, "no-such-choice")).rejects.toMatchObject({ code: "CONFLICT" });
    }
    await first.session.prompt(scripted("The word is persimmon.", [{ say: "heard" }] satisfies Step[]), never);
    if (subject.command !== null)
      await expect.poll(() => first.host.offer.commands.map(({ name }) => name), { timeout: 10_000 }).toContain(subject.command);
    if (subject.choice !== null)
      expect((await bench.seen()).slice(atFirst).some(({ path, body }) => `${path} ${body}`.includes(subject.choice?.asked ?? ""))).toBe(
        true,
      );
    const { sessionId } = first.session;
    await first.session.end();
    expect(sessionId).toEqual(expect.any(String));
    if (subject.beforeResume !== undefined) await bench.run(subject.beforeResume);

    const second = await open(bench, sessionId ?? null);
    expect(second.session.isResumed).toBe(true);
    expect(second.host.said).toBe("");
    const before = (await bench.seen()).length;
    await second.session.prompt(scripted("Go on.", [{ run: "touch resumed" }, { say: "went on" }]), never);
    expect(second.host.said).toContain("went on");
    expect(second.host.commands).toEqual(["touch resumed"]);
    const later = (await bench.seen()).slice(before).map(({ body }) => body);
    expect(later.some((body) => body.includes("persimmon"))).toBe(subject.remembers);
  });
}

class ChangingHost extends RecordingAgentHost {
  answers: Decide;

  constructor() {
    super(async (call, signal) => await this.answers(call, signal));
    this.answers = () => "allowed";
  }
}

async function open(
  bench: AgentBench,
  resume: string | null = null,
): Promise<{ readonly session: AgentSession; readonly host: ChangingHost }> {
  const host = new ChangingHost();
  const common = { clock: systemClock, logger: silentLogger(), taskId: "session" };
  const session = await startAgentSession({ ...bench, ...common, host, resume }, never);
  onTestFinished(async () => await session.end());
  return { session, host };
}
