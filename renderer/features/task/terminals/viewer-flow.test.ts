import { expect, test } from "vitest";
import { ViewerId } from "#shared/contract/ids.ts";
import { openViewerFlow } from "./viewer-flow.ts";

const viewerId = ViewerId.parse("view-abcdef");

function bench() {
  const writes: string[] = [];
  const resets: string[] = [];
  const acknowledged: number[] = [];
  const exits: (number | null)[] = [];
  let drawn: (() => void)[] = [];
  let steps: (() => void)[] = [];
  const flow = openViewerFlow(
    {
      write: (data, done) => {
        writes.push(data);
        drawn.push(done);
      },
      reset: (columns, rows) => resets.push(`${columns}x${rows}`),
      exited: (code) => exits.push(code),
    },
    (_id, bytes) => acknowledged.push(bytes),
    (step) => steps.push(step),
  );
  flow.receive({ kind: "attached", viewerId });
  return {
    flow,
    writes,
    resets,
    acknowledged,
    exits,
    step: () => {
      const now = steps;
      steps = [];
      for (const each of now) each();
    },
    finishDrawing: () => {
      const now = drawn;
      drawn = [];
      for (const each of now) each();
    },
  };
}

const data = (text: string) => ({ kind: "data", data: text, bytes: text.length }) as const;

test("all frames of one drawing step become one write", () => {
  const { flow, writes, step } = bench();
  for (let index = 0; index < 100; index += 1) flow.receive(data("x"));
  step();
  expect(writes).toEqual(["x".repeat(100)]);
});

test("bytes are acknowledged only after they have been drawn, and once", () => {
  const { flow, acknowledged, step, finishDrawing } = bench();
  flow.receive(data("hello"));
  step();
  expect(acknowledged).toEqual([]);
  finishDrawing();
  step();
  finishDrawing();
  expect(acknowledged).toEqual([5]);
});

test("what arrives while a write is being drawn waits for it, and is then drawn", () => {
  const { flow, writes, step, finishDrawing } = bench();
  flow.receive(data("one"));
  step();
  flow.receive(data("two"));
  step();
  expect(writes).toEqual(["one"]);
  finishDrawing();
  step();
  expect(writes).toEqual(["one", "two"]);
});

test("a snapshot replaces what was not drawn yet, and the replaced bytes are acknowledged too", () => {
  const { flow, writes, resets, acknowledged, step, finishDrawing } = bench();
  flow.receive(data("old text"));
  flow.receive({ kind: "snapshot", data: "screen", columns: 80, rows: 24, bytes: 6 });
  flow.receive(data("!"));
  step();
  finishDrawing();
  expect(resets).toEqual(["80x24"]);
  expect(writes).toEqual(["screen!"]);
  expect(acknowledged).toEqual([15]);
});

test("the exit is told after the last text was drawn", () => {
  const { flow, exits, step, finishDrawing } = bench();
  flow.receive(data("bye"));
  flow.receive({ kind: "exit", code: 1, signal: null });
  step();
  expect(exits).toEqual([]);
  finishDrawing();
  expect(exits).toEqual([1]);
});

test("a closed viewer neither draws nor acknowledges", () => {
  const { flow, writes, acknowledged, step, finishDrawing } = bench();
  flow.receive(data("one"));
  step();
  flow.receive(data("two"));
  flow.close();
  finishDrawing();
  step();
  expect(writes).toEqual(["one"]);
  expect(acknowledged).toEqual([]);
});

test("after a lost connection the bytes of the former viewer are never acknowledged for the new one", () => {
  const { flow, writes, acknowledged, step, finishDrawing } = bench();
  flow.receive(data("drawing"));
  step();
  flow.receive(data("lost"));
  flow.receive({ kind: "attached", viewerId: ViewerId.parse("view-ghijkl") });
  flow.receive({ kind: "snapshot", data: "screen", columns: 80, rows: 24, bytes: 6 });
  finishDrawing();
  step();
  finishDrawing();
  expect(writes).toEqual(["drawing", "screen"]);
  expect(acknowledged).toEqual([6]);
});
