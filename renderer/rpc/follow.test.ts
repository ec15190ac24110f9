import { ORPCError } from "@orpc/client";
import { expect, test, vi } from "vitest";
import { follow } from "./follow.ts";
import type { Problem } from "./problem.ts";

async function* events(...values: readonly number[]): AsyncGenerator<number> {
  for (const value of values) yield value;
}

test("a subscription that breaks is opened again, and its events go on", async () => {
  const stop = new AbortController();
  const seen: number[] = [];
  const problems: (Problem | null)[] = [];
  let opened = 0;
  const following = follow(
    {
      open: async () => {
        opened += 1;
        if (opened === 1) return events(1, 2);
        if (opened === 2) throw new Error("Cannot send message, WebSocket is not open.");
        return events(3);
      },
      onEvents: (batch) => {
        seen.push(...batch);
        if (seen.includes(3)) stop.abort();
      },
      onProblem: (problem) => problems.push(problem),
    },
    stop.signal,
  );
  await following;
  expect(seen).toEqual([1, 2, 3]);
  expect(problems[0]).toMatchObject({ code: "DISCONNECTED" });
  expect(problems).toContain(null);
});

test("events of one burst arrive together", async () => {
  const stop = new AbortController();
  const onEvents = vi.fn();
  const following = follow({ open: async () => events(1, 2, 3), onEvents }, stop.signal);
  await vi.waitFor(() => expect(onEvents).toHaveBeenCalled());
  stop.abort();
  await following;
  expect(onEvents.mock.calls[0]).toEqual([[1, 2, 3]]);
});

test("a locked vault ends it: opening again cannot help", async () => {
  let opened = 0;
  const problems: (Problem | null)[] = [];
  await follow(
    {
      open: async () => {
        opened += 1;
        throw new ORPCError("LOCKED", { defined: true, message: "Gatehouse is locked.", data: { remedy: "Unlock it." } });
      },
      onEvents: () => {},
      onProblem: (problem) => problems.push(problem),
    },
    new AbortController().signal,
  );
  expect(opened).toBe(1);
  expect(problems).toEqual([{ code: "LOCKED", message: "Gatehouse is locked.", remedy: "Unlock it." }]);
});
