import { beforeEach, describe, expect, test } from "vitest";
import { answerOfKey, formActOfKey, holdOn, type KeyPress, moveOfKey, PromptGuard } from "./answer-guard.ts";

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
  expect(answerOfKey(press("h"))).toBe("allow-hour");
  expect(answerOfKey(press("r"))).toBe("allow-repository");
  expect(answerOfKey(press("D", { shiftKey: true }))).toBe("deny-run");
  expect(answerOfKey(press("H", { shiftKey: true }))).toBeNull();
  expect(answerOfKey(press("R", { shiftKey: true }))).toBeNull();
  expect(["a", "l", "d", "h", "r"].map((key) => formActOfKey(press(key)))).toEqual(["fields", "leave", "decline", null, null]);
  expect(formActOfKey(press("D", { shiftKey: true }))).toBeNull();
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

const ready = { isTooSoon: false, isPending: true, isRead: true, isAnswering: false, isConnected: true };

test("allowing waits until the whole command has been scrolled through; denying does not", () => {
  const unread = { ...ready, isRead: false };
  expect(holdOn("allow-once", unread)).toBe("unread");
  expect(holdOn("allow-run", unread)).toBe("unread");
  expect(holdOn("deny", unread)).toBeNull();
});

test("a request that is no longer pending takes no answer, nor one being answered, nor one of a window that has lost core", () => {
  expect(holdOn("deny", { ...ready, isPending: false })).toBe("not-pending");
  expect(holdOn("deny", { ...ready, isAnswering: true })).toBe("answering");
  expect(holdOn("allow-once", { ...ready, isConnected: false })).toBe("cut-off");
  expect(holdOn("deny", { ...ready, isConnected: false })).toBe("cut-off");
  expect(holdOn("allow-once", { ...ready, isTooSoon: true })).toBe("too-soon");
  expect(holdOn("allow-once", ready)).toBeNull();
});

describe("the guard of a prompt", () => {
  let now = 0;
  let guard = new PromptGuard(() => now);
  beforeEach(() => {
    now = 1_000;
    guard = new PromptGuard(() => now);
    guard.show("one");
  });

  test("takes no answer in the first half second after it was shown or changed", () => {
    now = 1_499;
    expect(new PromptGuard(() => now).isTooSoon("one")).toBe(true);
    now = 1_500;
    expect(guard.isTooSoon("one")).toBe(false);
    guard.show("two");
    expect(guard.isTooSoon("two")).toBe(true);
    now = 2_000;
    expect(guard.isTooSoon("two")).toBe(false);
  });

  test("takes no answer for what is not on the screen yet", () => {
    now = 9_000;
    expect(guard.isTooSoon("two")).toBe(true);
    expect(guard.isTooSoon("one")).toBe(false);
  });

  test("lets nobody through who hammers", () => {
    for (let at = 0; at < 20; at += 1) {
      now += 300;
      if (at % 2 === 0) guard.key();
      else guard.press();
      guard.release();
      expect(guard.isTooSoon("one")).toBe(true);
    }
    now += 500;
    expect(guard.isTooSoon("one")).toBe(false);
  });

  test("keys that were another program's a moment ago do not count; the pointer does, which was aimed", () => {
    now = 60_000;
    guard.takeKeys();
    guard.press();
    expect(guard.isTooSoon("one")).toBe(false);
    guard.key();
    expect(guard.isTooSoon("one")).toBe(true);
  });

  test("neither hand counts just after the window came back into sight", () => {
    now = 60_000;
    guard.comeBack();
    guard.press();
    expect(guard.isTooSoon("one")).toBe(true);
  });

  test("a press that began before a change does not count, however long it is held", () => {
    now = 5_000;
    guard.press();
    guard.show("two");
    now = 60_000;
    expect(guard.isTooSoon("two")).toBe(true);
    guard.release();
    now = 61_000;
    guard.press();
    expect(guard.isTooSoon("two")).toBe(false);
  });
});
