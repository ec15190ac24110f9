import { expect, test } from "vitest";
import { RequestId, RunId } from "#shared/contract/ids.ts";
import { QuestionRequest } from "#shared/contract/permission.ts";
import { fakeRequests, fakeTasks } from "../../testing/fake-data.ts";
import { allMarked, denialsOf, markedWaiting, noMarks, runsOf, toggled } from "./marks.ts";

const requests = fakeRequests(fakeTasks(0));
const ids = requests.map((request) => request.id);

test("a mark is set and taken back", () => {
  const [first] = ids;
  if (first === undefined) throw new Error("the fixtures hold no request");
  const once = toggled(noMarks, first);
  expect([...once]).toEqual([first]);
  expect([...toggled(once, first)]).toEqual([]);
  expect(noMarks.size).toBe(0);
});

test("what is not waiting any more is not answered, however it was marked", () => {
  const marks = new Set([...ids, RequestId.parse("req-goneaway")]);
  expect(markedWaiting(requests.slice(1), marks).map((each) => each.id)).toEqual(ids.slice(1));
});

test("a run that is marked whole takes one denial, one that is marked in part one for each, and a form none", () => {
  const [first, second] = requests.filter(({ kind }) => kind === "permission");
  if (first === undefined || second?.kind !== "permission" || first.kind !== "permission") throw new Error("too few fixtures");
  const whole = [first, { ...first, id: RequestId.parse("req-another1") }];
  const part = { ...second, runId: RunId.parse("run-another1") };
  const left = { ...part, id: RequestId.parse("req-another2") };
  const form = QuestionRequest.parse({ ...first, kind: "question", id: "req-another3", form: { message: "Which?", fields: [] } });
  const pending = [...whole, part, left, form];
  expect(denialsOf(pending, [...whole, part]).map(({ request: { id }, answer }) => [id, answer])).toEqual([
    [first.id, "deny-run"],
    [part.id, "deny"],
  ]);
  expect([...allMarked(pending)]).toEqual([...whole, part, left].map(({ id }) => id));
});

test("a run that asks twice is named once", () => {
  const [first] = requests;
  if (first === undefined) throw new Error("the fixtures hold no request");
  const again = { ...first, id: RequestId.parse("req-another1") };
  expect(runsOf([first, again])).toEqual([{ taskTitle: first.taskTitle, count: 2 }]);
});
