import { expect, test } from "vitest";
import { RequestId } from "#shared/contract/ids.ts";
import { fakeRequests, fakeTasks } from "../../testing/fake-data.ts";
import { markedWaiting, noMarks, runsOf, toggled } from "./marks.ts";

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

test("a run that asks twice is named once", () => {
  const [first] = requests;
  if (first === undefined) throw new Error("the fixtures hold no request");
  const again = { ...first, id: RequestId.parse("req-another1") };
  expect(runsOf([first, again])).toEqual([{ taskTitle: first.taskTitle, count: 2 }]);
});
