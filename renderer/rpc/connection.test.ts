import type { ClientContext, ClientLink } from "@orpc/client";
import { expect, test, vi } from "vitest";
import { type OpenLink, ReconnectingLink, useConnection } from "./connection.ts";

/** A transport that a test opens and closes by hand. */
function transport(answer: string) {
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const link: ClientLink<ClientContext> = { call: async (path) => `${answer} ${path.join(".")}` };
  return { opened: { link, closed } satisfies OpenLink, close };
}

test("calls wait for the first transport, and go over the next one after a loss", async () => {
  const first = transport("first");
  const second = transport("second");
  const dials = [first.opened, second.opened];
  const link = new ReconnectingLink(async () => {
    const next = dials.shift();
    if (next === undefined) throw new Error("no more");
    return next;
  });
  expect(await link.call(["app", "status"], {}, { context: {} })).toBe("first app.status");
  expect(useConnection.getState().state).toBe("open");
  first.close();
  await vi.waitFor(() => expect(useConnection.getState().state).toBe("lost"));
  expect(await link.call(["app", "status"], {}, { context: {} })).toBe("second app.status");
  link.close();
});

test("a dial that fails is tried again", async () => {
  const late = transport("late");
  let dials = 0;
  const link = new ReconnectingLink(async () => {
    dials += 1;
    if (dials < 2) throw new Error("refused");
    return late.opened;
  });
  expect(await link.call(["x"], {}, { context: {} })).toBe("late x");
  expect(dials).toBe(2);
  link.close();
});

test("a call that waits for a transport can be given up", async () => {
  const link = new ReconnectingLink(() => Promise.reject(new Error("refused")));
  const stop = new AbortController();
  const call = link.call(["x"], {}, { context: {}, signal: stop.signal });
  stop.abort();
  await expect(call).rejects.toMatchObject({ name: "AbortError" });
  link.close();
});
