import { DesktopKeys } from "#shared/contract/settings.ts";

/** What a key press says, reduced to what keys of the whole desktop are made of. */
export interface DesktopPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** The keys of a press as they are kept, `mod+shift+g`; null where they are none that a program may take. */
export function desktopKeysOf(press: DesktopPress, isApple: boolean): string | null {
  const isMod = isApple ? press.metaKey : press.ctrlKey;
  const isOther = isApple ? press.ctrlKey : press.metaKey;
  if (isOther) return null;
  const parts = [isMod ? "mod" : "", press.altKey ? "alt" : "", press.shiftKey ? "shift" : "", press.key.toLowerCase()];
  const keys = parts.filter((part) => part !== "").join("+");
  return DesktopKeys.safeParse(keys).success ? keys : null;
}

/** As Gatehouse writes them in a sentence: `Ctrl+Shift+G`. */
export function desktopKeysWords(keys: string, isApple: boolean): string {
  const words: Readonly<Record<string, string>> = { mod: isApple ? "Cmd" : "Ctrl", alt: isApple ? "Option" : "Alt", shift: "Shift" };
  return keys
    .split("+")
    .map((part) => words[part] ?? part.toUpperCase())
    .join("+");
}
