import { describe, expect, test } from "vitest";
import { parseWindow, windowHolds } from "./time-window.ts";

const minute = 60_000;
const day = 1_440 * minute;

/** When the clocks change (IANA tz database 2025b), and by how many minutes they are ahead of UTC before and after. */
const changes: readonly (readonly [zone: string, at: string, before: number, after: number])[] = [
  ["Europe/Berlin", "2026-03-29T01:00Z", 60, 120],
  ["Europe/Berlin", "2026-10-25T01:00Z", 120, 60],
  ["America/New_York", "2026-03-08T07:00Z", -300, -240],
  ["America/New_York", "2026-11-01T06:00Z", -240, -300],
  ["Australia/Lord_Howe", "2026-04-04T15:00Z", 660, 630],
  ["Australia/Lord_Howe", "2026-10-03T15:30Z", 630, 660],
  ["Asia/Kolkata", "2026-03-29T01:00Z", 330, 330],
  ["Asia/Kathmandu", "2026-10-25T01:00Z", 345, 345],
  ["Pacific/Chatham", "2026-04-04T14:00Z", 825, 765],
  ["Pacific/Chatham", "2026-09-26T14:00Z", 765, 825],
  ["Antarctica/Troll", "2026-03-29T01:00Z", 0, 120],
  ["Africa/Cairo", "2026-04-23T22:00Z", 120, 180],
  ["Africa/Cairo", "2026-10-29T21:00Z", 180, 120],
  ["America/Havana", "2026-03-08T05:00Z", -300, -240],
  ["America/St_Johns", "2026-03-08T05:30Z", -210, -150],
  ["UTC", "2026-10-25T01:00Z", 0, 0],
];

const windows = [
  "09:00-18:00",
  "02:00-03:00",
  "01:45-02:15",
  "00:00-24:00",
  "22:00-06:00",
  "23:30-02:30",
  "sat 22:00-06:00",
  "sun 02:15-02:45",
  "sat,sun 00:00-24:00",
  "mon-fri 09:00-17:30",
  "sun 23:00-01:00",
  "fri-sun 20:00-02:30",
  "thu,fri 22:00-24:00",
  "thu 23:30-00:30",
  "fri 00:00-00:45",
  "fri-mon 23:59-00:01",
];

function windowOf(text: string) {
  const window = parseWindow(text);
  if (typeof window === "string") throw new Error(window);
  return window;
}

describe("around a change of the clocks", () => {
  test.each(changes)("%s at %s: a window holds exactly when the clock on the wall shows it", (zone, at, before, after) => {
    const change = Date.parse(at);
    for (const text of windows) {
      const window = windowOf(`${text} ${zone}`);
      const wrong: string[] = [];
      for (let now = change - 2 * day; now < change + 2 * day; now += 7.5 * minute) {
        const onTheWall = new Date(now + (now < change ? before : after) * minute);
        const minutes = onTheWall.getUTCHours() * 60 + onTheWall.getUTCMinutes();
        if (windowHolds(window, now) !== shows(window, onTheWall.getUTCDay(), minutes)) wrong.push(new Date(now).toISOString());
      }
      expect([text, wrong]).toEqual([text, []]);
    }
  });

  /** Said in another way: a window is some minutes of a week that begins on Sunday. */
  function shows({ days, from, to }: ReturnType<typeof windowOf>, weekday: number, minutes: number): boolean {
    const length = to > from ? to - from : to + 1_440 - from;
    const week = 7 * 1_440;
    const now = weekday * 1_440 + minutes;
    return [...days].some((begin) => (now - (begin * 1_440 + from) + week) % week < length);
  }

  test("an hour that the clocks skip has no time in it, and the window around it is an hour shorter", () => {
    expect(minutesIn("02:00-03:00 Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T03:00Z")).toBe(0);
    expect(minutesIn("22:00-06:00 Europe/Berlin", "2026-03-28T12:00Z", "2026-03-29T12:00Z")).toBe(7 * 60);
    expect(minutesIn("02:00-02:30 Australia/Lord_Howe", "2026-10-03T12:00Z", "2026-10-03T20:00Z")).toBe(0);
  });

  test("an hour that comes twice is in the window twice", () => {
    expect(minutesIn("02:00-03:00 Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T04:00Z")).toBe(2 * 60);
    expect(minutesIn("01:00-02:00 America/New_York", "2026-11-01T03:00Z", "2026-11-01T09:00Z")).toBe(2 * 60);
    expect(minutesIn("01:30-02:00 Australia/Lord_Howe", "2026-04-04T12:00Z", "2026-04-04T18:00Z")).toBe(60);
  });

  test("a window over midnight belongs to the day it began on, also in the night of the change", () => {
    const night = windowOf("sat 22:00-06:00 Europe/Berlin");
    expect(windowHolds(night, Date.parse("2026-03-29T03:59Z"))).toBe(true);
    expect(windowHolds(night, Date.parse("2026-03-29T04:00Z"))).toBe(false);
    expect(windowHolds(night, Date.parse("2026-10-25T04:59Z"))).toBe(true);
    expect(windowHolds(night, Date.parse("2026-10-25T05:00Z"))).toBe(false);
  });

  function minutesIn(text: string, from: string, to: string): number {
    const window = windowOf(text);
    let count = 0;
    for (let now = Date.parse(from); now < Date.parse(to); now += minute) if (windowHolds(window, now)) count += 1;
    return count;
  }
});
