const isApple = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

const words: Readonly<Record<string, string>> = {
  enter: "↵",
  escape: "Esc",
  arrowup: "↑",
  arrowdown: "↓",
  arrowleft: "←",
  arrowright: "→",
  backspace: "⌫",
  delete: "Del",
  space: "Space",
};

/** A key combination as the platform writes it: `mod+shift+k` is `⌘⇧K` or `Ctrl Shift K`. */
export function writeKeys(keys: string, apple = isApple): string {
  const parts = keys.split("+").map((part) => {
    if (part === "mod") return apple ? "⌘" : "Ctrl";
    if (part === "shift") return apple ? "⇧" : "Shift";
    if (part === "alt") return apple ? "⌥" : "Alt";
    return words[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
  return parts.join(apple ? "" : " ");
}

/** As `aria-keyshortcuts` has it (WAI-ARIA 1.2): `shift+d` is `Shift+D`. */
export function spokenKeys(keys: string, apple = isApple): string {
  const parts = keys.split("+").map((part) => (part === "mod" ? (apple ? "meta" : "control") : part));
  return parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("+");
}

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** Does this key press mean `keys`? Shift counts only where it is named, except that it may be needed to type a sign such as `?`. */
export function pressMatches(press: KeyPress, keys: string, apple = isApple): boolean {
  const parts = keys.toLowerCase().split("+");
  const key = parts.at(-1) ?? "";
  const wantsMod = parts.includes("mod");
  const mod = apple ? press.metaKey : press.ctrlKey;
  const otherMod = apple ? press.ctrlKey : press.metaKey;
  if (mod !== wantsMod || otherMod || press.altKey !== parts.includes("alt")) return false;
  const pressed = press.key === " " ? "space" : press.key.toLowerCase();
  if (pressed !== key) return false;
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  return isSign || press.shiftKey === parts.includes("shift");
}
