import * as fc from "fast-check";
import { expect, test } from "vitest";
import { TaskId } from "#shared/contract/ids.ts";
import { rankMove } from "./rank-move.ts";

const id = (index: number) => TaskId.parse(`t-${String(index).padStart(6, "0")}`);
const column = (...ranks: readonly number[]) => ranks.map((rank, index) => ({ id: id(index), rank }));

test("a card let go between two others gets a rank between theirs, and no other changes", () => {
  expect(rankMove(column(1, 2, 3), id(2), id(1))).toEqual([{ id: id(2), rank: 1.5 }]);
});

test("a card let go where it stands changes nothing", () => {
  expect(rankMove(column(1, 2, 3), id(1), id(2))).toEqual([]);
  expect(rankMove(column(1, 2, 3), id(2), null)).toEqual([]);
  expect(rankMove(column(1, 2, 3), id(1), id(1))).toEqual([]);
});

test("where ranks are equal the column is counted anew", () => {
  const moves = rankMove(column(5, 5, 5), id(2), id(1));
  expect(moves).toEqual([
    { id: id(0), rank: 1 },
    { id: id(2), rank: 2 },
    { id: id(1), rank: 3 },
  ]);
});

test("whatever the ranks, the card ends just before the one it was let go on", () => {
  const ranks = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(ranks, fc.nat(), fc.nat(), (values, from, to) => {
      const before = column(...values.toSorted((a, b) => a - b));
      const moved = id(from % before.length);
      const target = to % (before.length + 1) === before.length ? null : id(to % before.length);
      const changes = new Map(rankMove(before, moved, target).map((change) => [change.id, change.rank]));
      const after = before.map((card) => ({ ...card, rank: changes.get(card.id) ?? card.rank })).sort((a, b) => a.rank - b.rank);
      if (target === null) return changes.size === 0 || after.at(-1)?.id === moved;
      if (target === moved) return changes.size === 0;
      const place = after.findIndex((card) => card.id === moved);
      return changes.size === 0 || after[place + 1]?.id === target;
    }),
  );
});
