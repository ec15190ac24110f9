import { expect, test } from "vitest";
import { answerOfKey, holdOn, type KeyPress, moveOfKey } from "./answer-guard.ts";

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  inTextField: false,
  ...more,
});

test("A allows once, Shift+A for this run, D denies", () => {
  expect(answerOfKey(press("a"))).toBe("allow-once");
  expect(answerOfKey(press("A", { shiftKey: true }))).toBe("allow-run");
  expect(answerOfKey(press("d"))).toBe("deny");
});

test("Caps Lock alone does not turn once into this run", () => {
  expect(answerOfKey(press("A"))).toBe("allow-once");
});

test.each(["Enter", " ", "Escape", "y", "Tab", "Delete"])("%j answers nothing", (key) => {
  expect(answerOfKey(press(key))).toBeNull();
});

test.each(["repeat", "isComposing", "inTextField", "ctrlKey", "altKey", "metaKey"] as const)("a press with %s answers nothing", (flag) => {
  expect(answerOfKey(press("a", { [flag]: true }))).toBeNull();
  expect(answerOfKey(press("d", { [flag]: true }))).toBeNull();
});

test("J goes down and K up, but not while typing", () => {
  expect(moveOfKey(press("j"))).toBe(1);
  expect(moveOfKey(press("k"))).toBe(-1);
  expect(moveOfKey(press("j", { inTextField: true }))).toBeNull();
});

const ready = { shownAtMs: 1_000, isPending: true, isRead: true, isAnswering: false };

test("no answer is taken in the first half second after the prompt was shown or changed", () => {
  expect(holdOn("deny", ready, 1_499)).toBe("just-shown");
  expect(holdOn("allow-once", ready, 1_499)).toBe("just-shown");
  expect(holdOn("allow-once", ready, 1_500)).toBeNull();
});

test("allowing waits until the whole command has been scrolled through; denying does not", () => {
  const unread = { ...ready, isRead: false };
  expect(holdOn("allow-once", unread, 9_000)).toBe("unread");
  expect(holdOn("allow-run", unread, 9_000)).toBe("unread");
  expect(holdOn("deny", unread, 9_000)).toBeNull();
});

test("a request that is no longer pending takes no answer, nor does one being answered", () => {
  expect(holdOn("deny", { ...ready, isPending: false }, 9_000)).toBe("not-pending");
  expect(holdOn("deny", { ...ready, isAnswering: true }, 9_000)).toBe("answering");
});
