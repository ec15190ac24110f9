import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { ManualClock } from "../../../testing/manual-clock.ts";
import type { EgressAnswer } from "./egress-gate.ts";
import { clientPatienceMs, OpenQuestions } from "./open-questions.ts";

const allowed: EgressAnswer = { kind: "allowed", words: "Ada allowed it" };
const never = () => new AbortController().signal;

test("a client that waits too long is told to come again, joins the open question, and a once lets one through", async () => {
  const { questions, clock, asked, answer } = setUp();
  const first = questions.wait("a", asked.ask, never());
  clock.advance(clientPatienceMs);
  expect(await first).toEqual({ kind: "later" });
  const second = questions.wait("a", asked.ask, never());
  answer(allowed);
  expect(await second).toEqual(allowed);
  expect(asked.count()).toBe(1);
  expect([questions.takePermit("a"), questions.takePermit("a")]).toEqual(["Ada allowed it", null]);
});

test("an answer that nobody waited for lets one more through, for a while and no longer", async () => {
  const { questions, clock, asked, answer } = setUp();
  const first = questions.wait("a", asked.ask, never());
  clock.advance(clientPatienceMs);
  await first;
  answer(allowed);
  await turn();
  expect(questions.takePermit("b")).toBeNull();
  clock.advance(600_001);
  expect(questions.takePermit("a")).toBeNull();
});

test("a question that nobody comes back for is withdrawn, and one of a run that nobody watches is not", async () => {
  for (const isUnattended of [false, true]) {
    const { questions, clock, asked } = setUp(isUnattended);
    const gone = new AbortController();
    const first = questions.wait("a", asked.ask, gone.signal);
    gone.abort(new Error("the client went away"));
    await expect(first).rejects.toThrow("the client went away");
    clock.advance(119_000);
    expect(asked.isAbandoned()).toBe(false);
    const second = questions.wait("a", asked.ask, never());
    clock.advance(clientPatienceMs);
    expect(await second, "somebody came back").toEqual({ kind: "later" });
    clock.advance(120_000);
    expect(asked.isAbandoned()).toBe(!isUnattended);
    expect(asked.count()).toBe(1);
  }
});

test("no run has more than sixteen questions about connections open, and a closed one makes room", async () => {
  const { questions, asked, answer } = setUp();
  const open = Array.from({ length: 16 }, async (_, at) => await questions.wait(`${at}`, asked.ask, never()));
  expect(await questions.wait("more", asked.ask, never())).toEqual({ kind: "too-many" });
  answer({ kind: "stop", words: "a person denied it" });
  await Promise.all(open);
  void questions.wait("more", asked.ask, never());
  expect(asked.count()).toBe(17);
});

function setUp(isUnattended = false) {
  const clock = new ManualClock();
  const ending = new AbortController();
  const waiting: ((answer: EgressAnswer) => void)[] = [];
  const signals: AbortSignal[] = [];
  const questions = new OpenQuestions({ clock, ending: ending.signal, waitsForever: () => isUnattended });
  const ask = async (signal: AbortSignal) => {
    signals.push(signal);
    return await new Promise<EgressAnswer>((resolve) => {
      waiting.push(resolve);
      signal.addEventListener("abort", () => resolve({ kind: "stop", words: "it was withdrawn" }), { once: true });
    });
  };
  const answer = (given: EgressAnswer) => waiting.splice(0).forEach((resolve) => resolve(given));
  const asked = { ask, count: () => signals.length, isAbandoned: () => signals.some(({ aborted }) => aborted) };
  return { questions, clock, asked, answer };
}
