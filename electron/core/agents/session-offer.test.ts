import { expect, test } from "vitest";
import { offeredCommands, offeredOptions } from "./session-offer.ts";

const model = {
  id: "model",
  name: "Model\u202e",
  category: "model",
  type: "select",
  currentValue: "b",
  options: [
    { group: "g", name: "G", options: [{ value: "a", name: "A" }] },
    { value: "b", name: "B", description: "best" },
  ],
};

test("choices are offered flat and escaped, the mode never is", () => {
  const mode = { ...model, id: "mode", category: "mode" };
  expect(offeredOptions([mode, model, { id: 5 }, null])).toEqual([
    {
      id: "model",
      role: "model",
      name: expect.not.stringContaining("\u202e"),
      description: null,
      value: "b",
      choices: [
        { value: "a", name: "A", description: null },
        { value: "b", name: "B", description: "best" },
      ],
    },
  ]);
});

test("commands with names that are none are left out, and there is a bound", () => {
  expect(offeredCommands([{ name: "compact", description: "x\ny", input: { hint: "what" } }, { name: "a b" }, {}])).toEqual([
    { name: "compact", description: expect.stringMatching(/^x/u), hint: "what" },
  ]);
  expect(offeredCommands(Array.from({ length: 1_000 }, (_, index) => ({ name: `c${index}` })))).toHaveLength(200);
});
