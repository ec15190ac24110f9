import type { NotificationAnswer } from "../core/ports.ts";

const words: Readonly<Record<NotificationAnswer, string>> = {
  "allow-once": "Allow once",
  "allow-run": "Allow for this run",
  deny: "Deny and stop the run",
};

/** A button of a notification, as Electron takes it. */
interface NotificationButton {
  readonly type: "button";
  readonly text: string;
}

/** The first release of Electron whose types no longer keep actions to macOS and Windows. */
const firstWithButtonsOnLinux = 45;

/**
 * The buttons of a notification. Electron draws them on macOS and Windows, and on Linux from 45 on where the desktop's daemon
 * has actions; before, it hands that daemon none but the default one, so there a click opens the request.
 */
export function notificationButtons(
  platform: NodeJS.Platform,
  electronVersion: string,
  answers: readonly NotificationAnswer[],
): NotificationButton[] {
  const hasButtons = platform === "darwin" || platform === "win32" || Number.parseInt(electronVersion, 10) >= firstWithButtonsOnLinux;
  return hasButtons ? answers.map((answer) => ({ type: "button", text: words[answer] })) : [];
}

/** A button that is pressed so soon after its notification came up was hardly read, milliseconds: the press was meant for what lay there before. */
const readableAfterMs = 700;

export function isPressedTooSoon(shownAtMs: number, nowMs: number): boolean {
  return nowMs - shownAtMs < readableAfterMs;
}

/**
 * The answer that a press stands for; null for none. Electron 34 and earlier give the index alone, later ones
 * within the event.
 */
export function pressedAnswer(answers: readonly NotificationAnswer[], event: unknown, index: unknown): NotificationAnswer | null {
  const place = typeof index === "number" ? index : indexIn(event);
  return place === null ? null : (answers[place] ?? null);
}

function indexIn(event: unknown): number | null {
  if (typeof event !== "object" || event === null || !("actionIndex" in event)) return null;
  return typeof event.actionIndex === "number" ? event.actionIndex : null;
}

/**
 * The text of a notification as the platform takes it. Daemons on Linux read the body as markup (Desktop Notifications
 * Specification, "Markup") and Electron passes it on as it is: an agent's words could draw bold, links and pictures. Daemons
 * without markup show the entities instead, which says no less.
 */
export function notificationBody(platform: NodeJS.Platform, body: string): string {
  if (platform === "darwin" || platform === "win32") return body;
  return body.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
