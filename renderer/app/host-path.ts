import { places, settingsPlace } from "./places.ts";

/** The page that a message of the desktop host names (`{ gatehouseOpen: "vault" }`), or null for any other message. */
export function hostPath(message: unknown): string | null {
  if (typeof message !== "object" || message === null || !("gatehouseOpen" in message) || typeof message.gatehouseOpen !== "string")
    return null;
  const place = message.gatehouseOpen.toLowerCase();
  if (/^tasks?\/t-[0-9a-z]+$/.test(place)) return `/tasks/${place.slice(place.indexOf("/") + 1)}`;
  return [...places, settingsPlace].find((each) => each.label.toLowerCase() === place)?.path ?? null;
}
