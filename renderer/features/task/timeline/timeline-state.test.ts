import { expect, test } from "vitest";
import type { TimelineEntry } from "#shared/contract/task.ts";
import { foldTimeline } from "./timeline-state.ts";

const message = (id: string, text: string): TimelineEntry => ({ id, at: 1, kind: "message", text });
const texts = (entries: readonly TimelineEntry[]) => entries.map((entry) => (entry.kind === "message" ? entry.text : entry.kind));

test("an entry seen before is replaced in its place", () => {
  const first = foldTimeline(null, { kind: "snapshot", entries: [message("a", "hel"), message("b", "other")] });
  const next = foldTimeline(first, { kind: "changed", entry: message("a", "hello") });
  expect(texts(next.entries)).toEqual(["hello", "other"]);
});

test("a new entry comes last, and can then be replaced", () => {
  const first = foldTimeline(null, { kind: "snapshot", entries: [message("a", "1")] });
  const second = foldTimeline(first, { kind: "changed", entry: message("b", "2") });
  const third = foldTimeline(second, { kind: "changed", entry: message("b", "two") });
  expect(texts(third.entries)).toEqual(["1", "two"]);
  expect(texts(second.entries)).toEqual(["1", "2"]);
});

test("a snapshot replaces everything, as after a lost connection", () => {
  const first = foldTimeline(null, { kind: "snapshot", entries: [message("a", "1"), message("b", "2")] });
  expect(texts(foldTimeline(first, { kind: "snapshot", entries: [message("c", "3")] }).entries)).toEqual(["3"]);
});
