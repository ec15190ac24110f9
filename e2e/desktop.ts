import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";

/** Real presses on the desktop's keyboard, which go to whatever has the focus there or has taken the keys: `ctrl+shift+g`, `Return`. */
export function pressOnDesktop(...keys: readonly string[]): void {
  execFileSync("xdotool", ["key", "--clearmodifiers", ...keys]);
}

/** The windows of a process that a person sees, by their ids. */
export function windowsOf(pid: number): readonly string[] {
  const ids = xdotool("search", "--onlyvisible", "--pid", String(pid)).split("\n");
  return ids.filter((id) => id !== "" && Number(/WIDTH=(\d+)/.exec(xdotool("getwindowgeometry", "--shell", id))?.[1] ?? 0) > 100);
}

/** Waits for a dialog of the operating system, beside `others`, and presses keys in it. */
export async function pressInDialog(pid: number, others: readonly string[], ...keys: readonly string[]): Promise<void> {
  const dialog = await dialogOf(pid, others);
  xdotool("windowfocus", "--sync", dialog);
  for (const key of keys) pressOnDesktop(key);
  await expect.poll(() => windowsOf(pid)).not.toContain(dialog);
}

/** The dialog of the operating system that a process has opened beside `others`. */
export async function dialogOf(pid: number, others: readonly string[]): Promise<string> {
  const opened = () => windowsOf(pid).find((id) => !others.includes(id)) ?? "";
  await expect.poll(opened, { timeout: 15_000 }).not.toBe("");
  return opened();
}

/** A window takes the keyboard from whatever has it, as when a person turns to it. */
export function focusOnDesktop(window: string): void {
  const root = xdotool("search", "--maxdepth", "0", ".*").split("\n")[0] ?? "";
  if (root !== "") xdotool("windowfocus", root);
  xdotool("windowfocus", "--sync", window);
}

/** As a click on the cross of its frame, which asks the program to close it (ICCCM 4.1.2.7, "WM_PROTOCOLS"). */
export function closeOnDesktop(window: string): void {
  execFileSync("python3", ["-c", askToClose, window]);
}

const askToClose = `
import ctypes as c, sys
class Message(c.Structure):
    _fields_ = [("type", c.c_int), ("serial", c.c_ulong), ("sent", c.c_int), ("display", c.c_void_p), ("window", c.c_ulong),
                ("kind", c.c_ulong), ("format", c.c_int), ("data", c.c_long * 5), ("rest", c.c_long * 12)]
x = c.CDLL("libX11.so.6")
x.XOpenDisplay.restype = c.c_void_p
x.XInternAtom.restype = c.c_ulong
display = c.c_void_p(x.XOpenDisplay(None))
message = Message(type=33, window=int(sys.argv[1]), kind=x.XInternAtom(display, b"WM_PROTOCOLS", 0), format=32)
message.data[0] = x.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
x.XSendEvent(display, c.c_ulong(message.window), 0, c.c_long(0), c.byref(message))
x.XCloseDisplay(display)
`;

/**
 * Another program that has taken these keys for itself: a notification daemon, for its history, on a session bus of its own. Ends
 * with the test.
 */
export async function programThatHas(keys: string): Promise<{ end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-foreign-"));
  const config = join(folder, "dunstrc");
  writeFileSync(config, `[global]\nhistory = ${keys}\n`);
  // It answers once it has set itself up, its keys with it.
  const script = 'dunst -conf "$1" & until dunstctl count >/dev/null 2>&1; do sleep 0.1; done; echo taken; wait';
  const child = spawn("dbus-run-session", ["--", "sh", "-c", script, "sh", config], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const end = async () => {
    // With the daemon, which is in the group of the bus.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  onTestFinished(end);
  if (child.stdout !== null) await once(child.stdout, "data");
  return { end };
}

/** What it says; nothing where there is no such window, which it ends with an error for. */
function xdotool(...words: readonly string[]): string {
  try {
    return execFileSync("xdotool", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 10_000 });
  } catch {
    return "";
  }
}
