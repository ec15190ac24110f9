import { execFileSync } from "node:child_process";
import { expect } from "vitest";

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

/** What it says; nothing where there is no such window, which it ends with an error for. */
function xdotool(...words: readonly string[]): string {
  try {
    return execFileSync("xdotool", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 10_000 });
  } catch {
    return "";
  }
}
