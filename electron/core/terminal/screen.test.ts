import fc from "fast-check";
import { expect, test } from "vitest";
import { TerminalViewer } from "../../testing/terminal-viewer.ts";
import { Screen } from "./screen.ts";

const size = { columns: 40, rows: 10 };

async function drawn(text: string): Promise<Screen> {
  const screen = new Screen(size);
  await draw(screen, text);
  return screen;
}

async function draw(screen: Screen, text: string): Promise<void> {
  await new Promise<void>((resolve) => screen.draw(text, resolve));
}

async function viewing(copy: string, more = ""): Promise<TerminalViewer> {
  const viewer = new TerminalViewer(() => undefined);
  await viewer.take({ kind: "snapshot", data: copy, ...size, bytes: copy.length });
  await viewer.take({ kind: "data", data: more, bytes: more.length });
  return viewer;
}

/** Lines of all kinds: coloured, wrapped, wide, empty. */
function lines(count: number): string {
  let text = "";
  for (let line = 0; line < count; line += 1) {
    const kinds = [
      "plain",
      `\u001b[3${line % 8}mcoloured\u001b[0m`,
      "long ".repeat(20),
      "漢字😀e\u0301",
      "",
      "\u001b[44m background \u001b[K\u001b[0m",
    ];
    text += `${line} ${kinds[line % kinds.length]}\r\n`;
  }
  return text;
}

test("a copy brings a fresh terminal to the same screen, scrollback included", async () => {
  const screen = await drawn(lines(7_000));
  const viewer = await viewing(screen.copy());
  expect(viewer.contents()).toBe((await viewing("", lines(7_000))).contents());
  expect(viewer.terminal.buffer.normal.length).toBe(5_010);
});

test.each([
  ["lines of all kinds", lines(4_000)],
  ["one endless line", "0123456789".repeat(30_000)],
  ["an endless line of wide characters", `x${"漢字".repeat(50_000)}`],
  ["a screen in the alternate buffer", `${lines(2_000)}\u001b[?1049h\u001b[5;5Hinside`],
  ["nothing", ""],
])("a copy made in steps is the copy made at once: %s", async (_what, text) => {
  const screen = await drawn(text);
  const whole = await screen.copyWhole();
  expect(whole).not.toBeNull();
  expect((await viewing(whole ?? "")).contents()).toBe((await viewing(screen.copy())).contents());
});

test("a copy made in steps takes in what is drawn meanwhile", async () => {
  const screen = await drawn(lines(6_000));
  const copying = screen.copyWhole();
  await draw(screen, lines(30));
  const whole = await copying;
  expect((await viewing(whole ?? "")).contents()).toBe((await viewing(screen.copy())).contents());
});

test.each([
  ["cleared", "\u001b[3J"],
  ["reset", "\u001bc"],
  ["switched", "\u001b[?1049h"],
])("a copy made in steps is given up when the screen is %s meanwhile", async (_what, upheaval) => {
  const screen = await drawn(lines(6_000));
  const copying = screen.copyWhole();
  await draw(screen, upheaval);
  expect(await copying).toBeNull();
});

test("a copy made in steps is given up when the screen is resized meanwhile", async () => {
  const screen = await drawn(lines(6_000));
  const copying = screen.copyWhole();
  screen.resize({ columns: 50, rows: 12 });
  expect(await copying).toBeNull();
});

test("the end of a long screen is copied with as much scrollback as asked", async () => {
  const screen = await drawn(lines(3_000));
  const viewer = await viewing(screen.copy(100));
  expect(viewer.terminal.buffer.normal.length).toBe(110);
  expect(viewer.rows()).toEqual((await viewing(screen.copy())).rows());
});

test.each([
  ["a hidden cursor and its style", "\u001b[?25l\u001b[4 q"],
  ["SGR mouse reports", "\u001b[?1000h\u001b[?1006h"],
])("a copy keeps %s", async (_what, text) => {
  const screen = await drawn(text);
  expect(screen.copy()).toContain(text.slice(-5));
});

const strokes = fc.oneof(
  fc.stringMatching(/^[a-z ]{1,12}$/),
  fc.constantFrom("\r\n", "\n", "\r", "\t", "\b", "漢", "😀", "\u001b[31m", "\u001b[0m", "\u001b[7m", "\u001bM", "\u001bD", "\u001bE"),
  fc.constantFrom(
    "\u001b[3;7r",
    "\u001b[r",
    "\u001b[2;9r",
    "\u001b[H",
    "\u001b[5;5H",
    "\u001b[2J",
    "\u001b[K",
    "\u001b[1J",
    "\u001b[2L",
    "\u001b[M",
  ),
  fc.constantFrom(
    "\u001b(0",
    "\u001b(B",
    "\u001b[?1049h",
    "\u001b[?1049l",
    "\u001b[4h",
    "\u001b[4l",
    "\u001b[3S",
    "\u001b[2T",
    "\u001b[4P",
  ),
);

test("a viewer that joins in the middle goes on to the same screen", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(strokes, { maxLength: 40 }), fc.array(strokes, { maxLength: 20 }), async (before, after) => {
      const screen = await drawn(before.join(""));
      const late = await viewing(screen.copy(), after.join(""));
      const early = await viewing("", [...before, ...after].join(""));
      expect(late.contents()).toBe(early.contents());
    }),
    { numRuns: 300 },
  );
});
