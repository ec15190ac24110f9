import type { SessionOffer } from "#shared/contract/task.ts";

/** What an agent offers to choose and to say. */
export function fakeOffer(): SessionOffer {
  const models = [
    { value: "large", name: "Large", description: "Thinks longest" },
    { value: "small", name: "Small", description: null },
  ];
  const efforts = ["low", "medium", "high"].map((value) => ({ value, name: value, description: null }));
  return {
    takesImages: true,
    options: [
      { id: "model", role: "model", name: "Model", description: "Which model answers", value: "large", choices: models },
      { id: "effort", role: "effort", name: "Effort", description: null, value: "medium", choices: efforts },
    ],
    commands: [{ name: "compact", description: "Sums up what was said so far", hint: null }],
  };
}
