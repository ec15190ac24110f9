/** Days and hours by the clock of a named zone. */
export interface TimeWindow {
  /** Days on which it begins: 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes after midnight; `to` may be before `from`: it goes over midnight. */
  readonly from: number;
  readonly to: number;
  readonly zone: string;
}

const names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Reads `mon-fri 09:00-18:00 Europe/Berlin`; days may be left out. The problem in words when it cannot. */
export function parseWindow(text: string): TimeWindow | string {
  const match = /^(?:([a-z,-]+)\s+)?(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\s+(\S+)$/i.exec(text);
  if (match === null) return "A window reads days from-to zone, for example window(mon-fri 09:00-18:00 Europe/Berlin).";
  const [, days = "sun-sat", fromHour, fromMinute, toHour, toMinute, zone = ""] = match;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (from >= 1_440 || to > 1_440 || Number(fromMinute) > 59 || Number(toMinute) > 59) return "A time is 00:00 to 24:00.";
  if (from === to) return "A window begins and ends at different times.";
  const set = parseDays(days.toLowerCase());
  if (set === null) return `The days '${days}' cannot be read; write mon-fri or sat,sun.`;
  if (!isZone(zone)) return `There is no time zone '${zone}'; write one such as Europe/Berlin or UTC.`;
  return { days: set, from, to, zone };
}

/** Whether the zone's clock stands in the window at `now` (ms since the epoch). Summer time is the zone's own. */
export function windowHolds({ days, from, to, zone }: TimeWindow, now: number): boolean {
  const { day, minutes } = localTime(now, zone);
  if (from < to) return days.has(day) && minutes >= from && minutes < to;
  if (minutes >= from) return days.has(day);
  return minutes < to && days.has((day + 6) % 7);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(now: number, zone: string): { readonly day: number; readonly minutes: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en-US", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = names.indexOf((parts.get("weekday") ?? "").toLowerCase());
  return { day, minutes: Number(parts.get("hour")) * 60 + Number(parts.get("minute")) };
}

function parseDays(text: string): ReadonlySet<number> | null {
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [first = "", last = first] = part.split("-");
    const from = names.indexOf(first);
    const to = names.indexOf(last);
    if (from === -1 || to === -1) return null;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return days;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
