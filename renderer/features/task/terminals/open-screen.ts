import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { onThemeChange, readTheme } from "./terminal-theme.ts";
import type { ViewerScreen } from "./viewer-flow.ts";

/** As the session's in core, so that a copy of the screen fits. */
const scrollback = 5_000;

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenWishes {
  /** Takes what is typed; null for a screen that is only looked at. */
  readonly onInput: ((data: string) => void) | null;
  /** The size that would fill the frame, whenever that changes. */
  readonly onFit: (size: ScreenSize) => void;
  readonly onLink: (address: string) => void;
  readonly onSearch: () => void;
  readonly onLeave: () => void;
  readonly onExit: (code: number | null, signal: string | null) => void;
}

export interface OpenScreen extends ViewerScreen {
  readonly focus: () => void;
  readonly find: (text: string, direction: "next" | "previous") => boolean;
  readonly endSearch: () => void;
  /** What is selected, else all that the screen holds. */
  readonly text: () => string;
  readonly close: () => void;
}

/** An xterm in `frame`, in the tokens of the design. Links ask, titles and the clipboard are not touched. */
export function openScreen(frame: HTMLElement, wishes: ScreenWishes): OpenScreen {
  const life = new AbortController();
  const look = readTheme(frame);
  const terminal = new Terminal({
    scrollback,
    overviewRuler: { width: 10 },
    theme: look.theme,
    fontFamily: look.fontFamily,
    fontSize: 12,
    lineHeight: 1.4,
    cursorBlink: false,
    cursorInactiveStyle: wishes.onInput === null ? "none" : "outline",
    disableStdin: wishes.onInput === null,
    allowProposedApi: true,
    minimumContrastRatio: 4.5,
    linkHandler: { activate: (_event, address) => wishes.onLink(address) },
  });
  const fit = new FitAddon();
  const search = new SearchAddon();
  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon((_event, address) => wishes.onLink(address)));
  terminal.open(frame);
  void drawOnGraphicsCard(terminal, life.signal);

  const { onInput } = wishes;
  if (onInput !== null) terminal.onData(onInput);
  terminal.attachCustomKeyEventHandler((event) => takesKey(event, terminal, wishes));

  const propose = () => {
    const size = fit.proposeDimensions();
    if (size !== undefined && size.cols >= 2 && size.rows >= 1)
      wishes.onFit({ columns: Math.min(500, size.cols), rows: Math.min(300, size.rows) });
  };
  let settle: ReturnType<typeof setTimeout> | undefined;
  const resized = new ResizeObserver(() => {
    clearTimeout(settle);
    settle = setTimeout(propose, 120);
  });
  resized.observe(frame);
  onThemeChange(() => {
    terminal.options.theme = readTheme(frame).theme;
  }, life.signal);

  return {
    write: (data, drawn) => terminal.write(data, drawn),
    reset: (columns, rows) => {
      terminal.reset();
      terminal.resize(columns, rows);
    },
    exited: wishes.onExit,
    focus: () => terminal.focus(),
    find: (text, direction) => {
      const options = { decorations: readTheme(frame).search, incremental: false };
      return direction === "next" ? search.findNext(text, options) : search.findPrevious(text, options);
    },
    endSearch: () => {
      search.clearDecorations();
      terminal.clearSelection();
    },
    text: () => (terminal.hasSelection() ? terminal.getSelection() : wholeText(terminal)),
    close: () => {
      clearTimeout(settle);
      life.abort();
      resized.disconnect();
      terminal.dispose();
    },
  };
}

/**
 * The one visible terminal draws with WebGL where a graphics card does it; where none does (a
 * software renderer is slower than the page), or it is lost, xterm draws with the page.
 */
async function drawOnGraphicsCard(terminal: Terminal, signal: AbortSignal): Promise<void> {
  if (!hasGraphicsCard()) return;
  const { WebglAddon } = await import("@xterm/addon-webgl");
  if (signal.aborted) return;
  try {
    const addon = new WebglAddon();
    addon.onContextLoss(() => addon.dispose());
    terminal.loadAddon(addon);
  } catch {
    // No context to be had: the page's own drawing stays.
  }
}

function hasGraphicsCard(): boolean {
  const context = document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const renderer: unknown = context.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(String(renderer));
}

/** True: the terminal takes the key. A screen that is only looked at takes none, so that Tab and shortcuts work on. */
function takesKey(event: KeyboardEvent, terminal: Terminal, wishes: ScreenWishes): boolean {
  if (event.type !== "keydown") return wishes.onInput !== null;
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (event.key === "F6") {
    event.preventDefault();
    wishes.onLeave();
    return false;
  }
  if (mod && key === "f" && (wishes.onInput === null || event.shiftKey)) {
    event.preventDefault();
    wishes.onSearch();
    return false;
  }
  if (event.ctrlKey && event.shiftKey && key === "c" && terminal.hasSelection()) {
    event.preventDefault();
    void navigator.clipboard.writeText(terminal.getSelection());
    return false;
  }
  if (event.ctrlKey && event.shiftKey && key === "v") return false;
  if (wishes.onInput !== null) return true;
  return scrolls(event, terminal);
}

function scrolls(event: KeyboardEvent, terminal: Terminal): boolean {
  const steps: Readonly<Record<string, () => void>> = {
    ArrowUp: () => terminal.scrollLines(-1),
    ArrowDown: () => terminal.scrollLines(1),
    PageUp: () => terminal.scrollPages(-1),
    PageDown: () => terminal.scrollPages(1),
    Home: () => terminal.scrollToTop(),
    End: () => terminal.scrollToBottom(),
  };
  const step = steps[event.key];
  if (step !== undefined && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    step();
  }
  return false;
}

function wholeText(terminal: Terminal): string {
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < active.length; row += 1) {
    const line = active.getLine(row);
    if (line === undefined) continue;
    const text = line.translateToString(true);
    if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
    else lines.push(text);
  }
  return lines.join("\n").trimEnd();
}
