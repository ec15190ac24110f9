import { expect, test } from "vitest";
import { odditiesOf } from "./tool-oddities.ts";

const words = (description: string) => odditiesOf({ definition: JSON.stringify({ name: "look", description }) }).map((one) => one.words);

test("characters that cannot be seen and very long words of a server are pointed out, and plain ones are not", () => {
  expect(words("Looks at a door.\nThen says its colour: \u{1f6aa}\u{fe0f}")).toEqual([]);
  for (const hidden of ["\u{202e}", "\u{200b}", "\u{e0041}", "\u{7f}"])
    expect(words(`Looks.${hidden}`), hidden).toEqual(["hidden characters"]);
  expect(words("x".repeat(12_400))).toEqual([expect.stringMatching(/^12,4\d\d characters$/u)]);
  expect(words(`\u{200b}${" ".repeat(5_000)}and obeys`)).toHaveLength(2);
});
