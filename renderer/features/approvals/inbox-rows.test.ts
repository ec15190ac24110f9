import { expect, test } from "vitest";
import { overRequests, requests } from "../../testing/run-fixtures.ts";
import { moved, waitingGroups } from "./inbox-groups.ts";
import { groupSpans, inboxRows } from "./inbox-rows.ts";

const groups = waitingGroups(requests(1_000_000_000), overRequests(1_000_000_000));
const rows = inboxRows(groups);
const order = groups.flatMap((group) => group.requests.map(({ id }) => id));

test("each heading stands above its requests, and requests are counted over all headings from 1", () => {
  expect(rows.length).toBe(groups.length + order.length);
  expect(rows.flatMap((row) => (row.kind === "request" ? [row.place] : []))).toEqual(order.map((_, index) => index + 1));
  for (const [index, { first, last }] of groupSpans(groups).entries()) {
    expect(rows[first]?.kind).toBe("head");
    expect(rows.slice(first, last + 1).every(({ group }) => group === index)).toBe(true);
    expect(rows[last + 1]?.kind).not.toBe("request");
  }
});

test("a page goes as far as there are rows, Home and End to the ends", () => {
  const [first, second] = order;
  expect(moved(groups, first ?? null, 10_000)).toBe(order.at(-1));
  expect(moved(groups, order.at(-1) ?? null, -10_000)).toBe(first);
  expect(moved(groups, second ?? null, "first")).toBe(first);
  expect(moved(groups, null, "last")).toBe(order.at(-1));
});
