import type { ISearchDecorationOptions } from "@xterm/addon-search";
import type { ITheme } from "@xterm/xterm";

/** The terminal tokens as xterm wants them: resolved for the theme that shows now. */
export function readTheme(host: HTMLElement): {
  readonly theme: ITheme;
  readonly search: ISearchDecorationOptions;
  readonly fontFamily: string;
} {
  const probe = document.createElement("span");
  host.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(--${token})`;
    return toHex(getComputedStyle(probe).color);
  };
  const [red, green, yellow, blue, magenta, cyan] = ["red", "green", "yellow", "blue", "magenta", "cyan"].map((name) =>
    colour(`term-${name}`),
  );
  const ground = colour("term-ground");
  const text = colour("term-text");
  const dim = colour("term-dim");
  const selection = colour("term-selection");
  const accent = colour("accent-text");
  const theme: ITheme = {
    background: ground,
    foreground: text,
    cursor: text,
    cursorAccent: ground,
    selectionBackground: selection,
    black: ground,
    white: text,
    brightBlack: dim,
    brightWhite: text,
    scrollbarSliderBackground: colour("border-strong"),
    scrollbarSliderHoverBackground: colour("border-control"),
    scrollbarSliderActiveBackground: colour("border-control"),
    overviewRulerBorder: ground,
  };
  probe.style.fontFamily = "var(--mono)";
  const { fontFamily } = getComputedStyle(probe);
  probe.remove();
  const hues = { red, green, yellow, blue, magenta, cyan };
  const bright = { brightRed: red, brightGreen: green, brightYellow: yellow, brightBlue: blue, brightMagenta: magenta, brightCyan: cyan };
  return {
    theme: Object.fromEntries(Object.entries({ ...theme, ...hues, ...bright }).filter(([, value]) => value !== undefined)),
    search: {
      matchBackground: selection,
      matchOverviewRuler: accent,
      activeMatchBackground: selection,
      activeMatchBorder: accent,
      activeMatchColorOverviewRuler: accent,
    },
    fontFamily,
  };
}

/** Calls back when the theme may have changed: the system's, the setting's or the wish for contrast. */
export function onThemeChange(changed: () => void, signal: AbortSignal): void {
  for (const query of ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"]) {
    window.matchMedia(query).addEventListener("change", changed, { signal });
  }
  const watch = new MutationObserver(changed);
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-contrast"] });
  signal.addEventListener("abort", () => watch.disconnect(), { once: true });
}

/** `rgb(1, 2, 3)` as `#010203`; anything else as it is. */
export function toHex(colour: string): string {
  const parts = /^rgba?\((\d+)[, ]+(\d+)[, ]+(\d+)/.exec(colour);
  if (parts === null) return colour;
  return `#${parts
    .slice(1, 4)
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")}`;
}
