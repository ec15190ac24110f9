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

/**
 * The buttons of a notification. Electron (33 to 45) draws them on macOS and Windows; on Linux it hands its daemon none but the
 * default action, so there a click opens the request.
 */
export function notificationButtons(platform: NodeJS.Platform, answers: readonly NotificationAnswer[]): NotificationButton[] {
  if (platform !== "darwin" && platform !== "win32") return [];
  return answers.map((answer) => ({ type: "button", text: words[answer] }));
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
