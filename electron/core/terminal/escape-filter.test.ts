import headless from "@xterm/headless";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Audience } from "./allowed-escapes.ts";
import { EscapeFilter } from "./escape-filter.ts";

const esc = "\u001b";
const bell = "\u0007";
const st = `${esc}\\`;

function filtered(text: string, audience: Audience = "typist"): string {
  return new EscapeFilter(audience).push(text).join("");
}

describe("what is dropped", () => {
  test.each([
    ["the window title", `${esc}]0;pwned${bell}`],
    ["the icon name, ended by ST", `${esc}]1;pwned${st}`],
    ["the title by 8-bit controls", "\u009d2;pwned\u009c"],
    ["a clipboard write", `${esc}]52;c;cm0gLXJmIC8=${bell}`],
    ["a clipboard read", `${esc}]52;c;?${st}`],
    ["a colour query", `${esc}]11;?${bell}`],
    ["a palette change", `${esc}]4;1;rgb:00/00/00${bell}`],
    ["a notification", `${esc}]9;You won${bell}`],
    ["a folder report", `${esc}]7;file:///etc${bell}`],
    ["a shell mark", `${esc}]133;A${bell}`],
    ["an inline file", `${esc}]1337;File=name=eA==:AAAA${bell}`],
    ["device attributes", `${esc}[c${esc}[0c${esc}[>c${esc}[=c${esc}[>0q`],
    ["device attributes by ESC Z", `${esc}Z`],
    ["device status and cursor reports", `${esc}[5n${esc}[6n${esc}[?6n${esc}[?996n`],
    ["window reports and changes", `${esc}[18t${esc}[21t${esc}[8;99;99t${esc}[14;2t`],
    ["mode reports", `${esc}[?25$p${esc}[4$p`],
    ["terminal parameter and checksum reports", `${esc}[x${esc}[1;1;1;1;1;1*y`],
    ["keyboard protocol queries", `${esc}[?u${esc}[>1u${esc}[=1u${esc}[>4;2m${esc}[?4m`],
    ["setting requests (DCS)", `${esc}P$qm${st}${esc}P+q544e${st}`],
    ["images (DCS)", `${esc}Pq#0;2;0;0;0${st}`],
    ["APC, PM and SOS", `${esc}_Gi=1,a=q;AAAA${st}${esc}^private${st}${esc}Xstart${st}`],
    ["APC, PM, SOS and DCS by 8-bit controls", "\u009fG\u009c\u009ep\u009c\u0098s\u009c\u0090$qm\u009c"],
    ["the answer-back enquiry and the bell", "\u0005\u0007"],
    ["synchronised output, which can hold back the screen", `${esc}[?2026h`],
    ["the 132 columns mode", `${esc}[?3h`],
    ["media copy", `${esc}[5i${esc}[?4i`],
    ["unknown finals and intermediates", `${esc}[1}${esc}[1'~${esc}#8${esc}%G${esc}n${esc}|${esc}N`],
    ["too many parameters", `${esc}[${"1;".repeat(200)}m`],
    ["a broken sequence", `${esc}[1${esc}[2;`],
    ["an unfinished title at the end", `${esc}]0;never ends`],
  ])("%s", (_what, text) => {
    for (const audience of ["typist", "viewers-only"] as const) expect(filtered(`a${text}`, audience)).toBe("a");
  });

  test("a cancelled title ends where it was cancelled", () => {
    expect(filtered(`a${esc}]0;x\u0018b${esc}]0;y\u001ac${esc}]0;z${esc}[1md`)).toBe(`abc${esc}[1md`);
  });

  test("mouse, focus and paste modes, where nobody types", () => {
    const modes = [9, 1000, 1002, 1003, 1004, 1006, 2004].map((mode) => `${esc}[?${mode}h`).join("");
    expect(filtered(modes, "viewers-only")).toBe("");
    expect(filtered(modes, "typist")).toBe(modes);
  });

  test("a wanted mode is kept out of a list with unwanted ones", () => {
    expect(filtered(`${esc}[?1049;2026;25h`)).toBe(`${esc}[?1049;25h`);
  });

  test("characters that turn the text around are shown as replaced", () => {
    expect(filtered("a\u202eb\u2066c")).toBe("a\ufffdb\ufffdc");
  });
});

describe("what comes through", () => {
  test.each([
    ["colours", `${esc}[1;31mred${esc}[0m${esc}[38;2;1;2;3mrgb${esc}[4:3mcurly`],
    ["cursor moves and erasing", `${esc}[2J${esc}[H${esc}[10;20H${esc}[K${esc}[3A`],
    ["the alternate screen and the cursor", `${esc}[?1049h${esc}[?25l${esc}[2 q`],
    ["scroll regions and scrolling", `${esc}[5;20r${esc}[3S${esc}M${esc}D`],
    ["line drawing", `${esc}(0lqk${esc}(B`],
    ["text of every script", "žluťoučký 漢字 👩‍👩‍👧 עברית\r\n\t"],
    ["an https link", `${esc}]8;;https://example.org/a?b=c${st}text${esc}]8;;${st}`],
  ])("%s", (_what, text) => {
    expect(filtered(text)).toBe(text);
  });

  test("8-bit controls as their 7-bit form", () => {
    expect(filtered("\u009b31mred\u0084\u008d")).toBe(`${esc}[31mred${esc}D${esc}M`);
  });

  test.each(["http://example.org", "file:///etc/passwd", "javascript:alert(1)", "https://a b", "https://", "x-app:do"])(
    "a link to %s only as its text",
    (address) => {
      expect(filtered(`${esc}]8;id=1;${address}${bell}text${esc}]8;;${bell}`)).toBe(`${esc}]8;;${st}text${esc}]8;;${st}`);
    },
  );

  test("counts no larger than a screen", () => {
    expect(filtered(`a${esc}[2147483647b${esc}[99999999999999999999S${esc}[7;900H`)).toBe(`a${esc}[500b${esc}[500S${esc}[7;500H`);
  });

  test("a line feed with a carriage return, where there is no terminal driver", () => {
    expect(filtered("a\nb", "viewers-only")).toBe("a\r\nb");
    expect(filtered("a\nb", "typist")).toBe("a\nb");
  });

  test("the text after a control string that never ended", () => {
    const filter = new EscapeFilter("typist");
    expect(filter.push(`${esc}P${"x".repeat(2_000_000)}`).join("").length).toBeLessThan(1_000_000);
    expect(filter.push("seen").join("")).toBe("seen");
  });

  test("the text after a sequence that is too long", () => {
    const filter = new EscapeFilter("typist");
    for (let part = 0; part < 10; part += 1) filter.push(part === 0 ? `${esc}[` : "1;".repeat(1_000));
    expect(filter.push("m seen").join("")).toContain("seen");
  });
});

const fragments = fc.oneof(
  fc.constantFrom(
    esc,
    "[",
    "]",
    "P",
    "_",
    "\\",
    bell,
    "\u009b",
    "\u009d",
    "\u009c",
    "\u0090",
    "\u0018",
    ";",
    "?",
    "8;;https://a.b",
    "52;c;?",
  ),
  fc.constantFrom("m", "n", "c", "h", "t", "q", "p", "r", "\n", "\r", "0", "31", "1049", " ", "$", ">", "(0", "ä", "漢", "😀", "\u202e"),
  fc.string({ maxLength: 4 }),
);
const streams = fc.array(fragments, { maxLength: 60 }).map((parts) => parts.join(""));

describe("whatever comes", () => {
  test("only text and allowed sequences go out, and they come through again as they are", () => {
    fc.assert(
      fc.property(streams, (text) => {
        const output = filtered(text);
        expect(filtered(output)).toBe(output);
        for (const unwanted of ["\u0005", "\u0007", "\u000e", "\u000f", "\u009b", "\u009d", "\u0090", "\u009c", "\u202e"]) {
          expect(output).not.toContain(unwanted);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("it does not matter where the stream is cut", () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(200), { maxLength: 12 }), (text, cuts) => {
        const filter = new EscapeFilter("viewers-only");
        const places = [0, ...cuts.filter((cut) => cut <= text.length).sort((a, b) => a - b), text.length];
        const parts = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(parts.map((part) => filter.push(part).join("")).join("")).toBe(filtered(text, "viewers-only"));
      }),
      { numRuns: 3_000 },
    );
  });

  test("a terminal that is shown it answers nothing and keeps its title", async () => {
    const terminal = new headless.Terminal({ allowProposedApi: true });
    const seen: string[] = [];
    terminal.onData((data) => seen.push(`answer ${JSON.stringify(data)}`));
    terminal.onTitleChange((title) => seen.push(`title ${title}`));
    terminal.onBell(() => seen.push("bell"));
    await fc.assert(
      fc.asyncProperty(streams, async (text) => {
        await new Promise<void>((resolve) => terminal.write(filtered(text), resolve));
        expect(seen).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test("the same terminal answers when it is not filtered", async () => {
    const terminal = new headless.Terminal({ allowProposedApi: true });
    const answers: string[] = [];
    terminal.onData((data) => answers.push(data));
    await new Promise<void>((resolve) => terminal.write(`${esc}[c${esc}[6n`, resolve));
    expect(answers).toHaveLength(2);
  });
});

test("sequences that are slow to draw come in many small pieces", () => {
  const pieces = new EscapeFilter("typist").push(`${esc}[500S`.repeat(2_000));
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(100);
});

test("a line of ten megabytes comes in pieces that never cut a character", () => {
  const pieces = new EscapeFilter("viewers-only").push("😀".repeat(2_500_000));
  expect(pieces.length).toBeGreaterThan(100);
  expect(pieces.some((piece) => /\p{Surrogate}/u.test(piece))).toBe(false);
  expect(pieces.join("").length).toBe(5_000_000);
});
