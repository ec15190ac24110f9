import { expect, test } from "vitest";
import { asTheAgentChooses, choiceMenu, chosenOf } from "./choices.ts";

const options = [
  {
    ...{ id: "model", role: "model" as const, name: "Model", description: null, value: "large" },
    choices: ["large", "small"].map((value) => ({ value, name: value.toUpperCase(), description: null })),
  },
];
const nothing = { options, wished: {}, last: [], chosen: {} };

test("an agent that was never seen to offer anything is left to choose", () => {
  expect(choiceMenu("model", { ...nothing, options: null })).toBeNull();
  expect(choiceMenu("effort", nothing)).toBeNull();
});

test("what the repository wishes stands before anything was offered, and by its name", () => {
  const unseen = choiceMenu("model", { ...nothing, options: null, wished: { model: "small" } });
  expect(unseen).toMatchObject({ value: "small", gone: null });
  expect(unseen?.entries).toContainEqual({ value: "small", label: "small", hint: "gatehouse.jsonc" });
  expect(choiceMenu("model", { ...nothing, wished: { model: "Small" } })).toMatchObject({ value: "small" });
});

test.each([
  ["the agent", {}, asTheAgentChooses],
  ["the repository", { wished: { model: "small" } }, "small"],
  ["the last task before the repository", { wished: { model: "small" }, last: [{ option: "model", value: "large" }] }, "large"],
  ["the person before all", { last: [{ option: "model", value: "large" }], chosen: { model: "small" } }, "small"],
])("%s decides", (_, more, value) => {
  const menu = choiceMenu("model", { ...nothing, ...more });
  expect(menu?.value).toBe(value);
  expect(menu === null ? [] : chosenOf([menu])).toEqual(value === asTheAgentChooses ? [] : [{ option: "model", value }]);
});

test("what is not offered any more is told, and not chosen", () => {
  const menu = choiceMenu("model", { ...nothing, last: [{ option: "model", value: "gone-1" }] });
  expect(menu).toMatchObject({ value: asTheAgentChooses, gone: "gone-1" });
  expect(
    choiceMenu("model", { ...nothing, last: [{ option: "model", value: "gone-1" }], chosen: { model: asTheAgentChooses } })?.gone,
  ).toBeNull();
});
