import { expect, test } from "vitest";
import { scriptedAgent } from "../../testing/scripted-agent.ts";
import { ElicitationAsked, formOf } from "./elicitation.ts";

const form = (properties: unknown, more: object = {}) =>
  formOf(
    ElicitationAsked.parse({
      sessionId: "s",
      mode: "form",
      message: "Which one?",
      requestedSchema: { type: "object", properties, ...more },
    }),
  );

test("every kind of property becomes a field in our words", () => {
  const fields = form(
    {
      name: { type: "string", title: "Name", maxLength: 40 },
      age: { type: "integer", minimum: 0 },
      isSure: { type: "boolean", default: true },
      colour: { type: "string", enum: ["red", "blue"] },
      sizes: { type: "array", items: { anyOf: [{ const: "s", title: "Small" }] }, maxItems: 1 },
    },
    { required: ["name"] },
  )?.fields;
  expect(fields?.map(({ kind, isRequired }) => [kind, isRequired])).toEqual([
    ["text", true],
    ["number", false],
    ["yes-no", false],
    ["choice", false],
    ["choices", false],
  ]);
});

test.each(["password", "API key", "GITHUB_TOKEN", "one-time code", "pass phrase"])(
  "a field that asks for a %s is marked as one that looks like a secret",
  (title) => {
    expect(form({ x: { type: "string", title } })?.fields[0]).toMatchObject({ isSecretLike: true });
  },
);

test.each([
  ["a kind that is not known", { x: { type: "object" } }],
  ["too many fields", Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`f${index}`, { type: "boolean" }]))],
  ["too many choices", { x: { type: "string", enum: Array.from({ length: 101 }, (_, index) => String(index)) } }],
  ["a name that is too long", { ["n".repeat(101)]: { type: "boolean" } }],
])("a form with %s is none that can be shown", (_, properties) => {
  expect(form(properties)).toBeNull();
});

test("words that hide or reverse text are shown as what they are", () => {
  const shown = form({ x: { type: "string", title: "safe\u202Etxt.exe", description: "a\u001B[2Jb" } })?.fields[0];
  for (const hidden of ["\u202E", "\u001B"]) expect([shown?.title, shown?.description].join()).not.toContain(hidden);
});

const asks = `const answer = await request("elicitation/create", { mode: "form", message: "Which?", requestedSchema: { type: "object", properties: { word: { type: "string" } } } });
  await say(JSON.stringify(answer.result ?? answer.error));`;

test("a form goes to the person, and the agent gets what was answered", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => { ${asks} };`);
  host.answerQuestion = () => ({ action: "accept", values: { word: "blue" } });
  await (await starting).prompt("go", new AbortController().signal);
  expect(host.questions).toMatchObject([{ message: "Which?", fields: [{ kind: "text", name: "word" }] }]);
  expect(host.said).toBe('{"action":"accept","content":{"word":"blue"}}');
});

test("a page to open instead of a form is declined unread, and the person is told", async () => {
  const { starting, host } = scriptedAgent(
    `agent.prompt = async () => { const answer = await request("elicitation/create", { mode: "url", message: "Go there", url: "https://example.com", elicitationId: "1" }); await say(JSON.stringify(answer.result)); };`,
  );
  await (await starting).prompt("go", new AbortController().signal);
  expect(host.questions).toEqual([]);
  expect(host.said).toBe('{"action":"decline"}');
  expect(host.notices[0]).toContain("declined unread");
});

test("a question that waits when the turn is cancelled is left", async () => {
  const { starting, host } = scriptedAgent(`agent.prompt = async () => { ${asks} return "cancelled"; };`);
  const cancel = new AbortController();
  host.answerQuestion = async (_, signal) => {
    const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    cancel.abort();
    await gone;
    return { action: "cancel" };
  };
  expect(await (await starting).prompt("go", cancel.signal)).toEqual({ kind: "cancelled" });
});
