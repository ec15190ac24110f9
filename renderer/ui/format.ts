const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function writeNumber(value: number): string {
  return grouped.format(value);
}

/** A running time: `4:26`, `1:02:09`. */
export function writeElapsed(elapsedMs: number): string {
  const total = Math.max(0, Math.floor(elapsedMs / secondMs));
  const hours = Math.floor(total / 3_600);
  const minutes = Math.floor((total % 3_600) / 60);
  const seconds = two(total % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** How long something took: `0.4 s`, `38 s`, `5 min 48 s`, `2 h 5 min`. */
export function writeDuration(durationMs: number): string {
  if (durationMs < 10 * secondMs) return `${(durationMs / secondMs).toFixed(1)} s`;
  const total = Math.round(durationMs / secondMs);
  if (total < 60) return `${total} s`;
  if (total < 3_600) return total % 60 === 0 ? `${total / 60} min` : `${Math.floor(total / 60)} min ${total % 60} s`;
  const minutes = Math.floor((total % 3_600) / 60);
  return minutes === 0 ? `${Math.floor(total / 3_600)} h` : `${Math.floor(total / 3_600)} h ${minutes} min`;
}

/** How long ago: `just now`, `8 s ago`, `41 min ago`, `3 h ago`, then the day. */
export function writeAgo(at: number, now: number): string {
  const since = now - at;
  if (since < 5 * secondMs) return "just now";
  if (since < minuteMs) return `${Math.floor(since / secondMs)} s ago`;
  if (since < hourMs) return `${Math.floor(since / minuteMs)} min ago`;
  if (since < dayMs) return `${Math.floor(since / hourMs)} h ago`;
  return writeDay(at, now);
}

/** `14:02`, in the person's own time zone. */
export function writeClock(at: number, withSeconds = false): string {
  const date = new Date(at);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return withSeconds ? `${clock}:${two(date.getSeconds())}` : clock;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** `4 Nov`, with the year where it is another. */
export function writeDay(at: number, now: number): string {
  const date = new Date(at);
  const day = `${date.getDate()} ${months[date.getMonth()]}`;
  return date.getFullYear() === new Date(now).getFullYear() ? day : `${day} ${date.getFullYear()}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `0 B`, `48.2 kB`, `3.4 MB`. */
export function writeBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1_000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** `1 file`, `3 files`. */
export function writeCount(count: number, one: string, many = `${one}s`): string {
  return `${writeNumber(count)} ${count === 1 ? one : many}`;
}
