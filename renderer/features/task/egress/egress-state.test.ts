import { expect, test } from "vitest";
import { EgressRow } from "#shared/contract/egress.ts";
import { foldEgress, joinRows, liveRows, matchesFilter } from "./egress-state.ts";

const totals = { connections: 1, refused: 0, open: 1, hosts: 1, bytesUp: 0, bytesDown: 0 };

function row(id: string, more: Partial<EgressRow> = {}): EgressRow {
  return EgressRow.parse({
    ...{ id, taskId: "t-000001", runId: "run-000001", at: 1, host: "api.example.com", port: 443, method: null, path: null },
    ...{ program: "node", carried: "tunnelled", decision: "allow", decidedBy: "a rule", rule: "egress(api.example.com)", secret: null },
    ...{ status: "open", why: null, bytesUp: 0, bytesDown: 0, durationMs: null, count: 1 },
    ...more,
  });
}

test("a row that ends replaces itself in its place, a new one comes first, and the list stays bounded", () => {
  let state = foldEgress(null, { kind: "snapshot", rows: [row("a"), row("b")], totals, way: "open", runId: null });
  state = foldEgress(state, { kind: "changed", row: row("b", { status: "done" }), totals });
  expect(state.rows.map(({ id, status }) => `${id} ${status}`)).toEqual(["a open", "b done"]);
  for (let at = 0; at < liveRows + 10; at += 1) state = foldEgress(state, { kind: "changed", row: row(`n${at}`), totals });
  expect(state.rows).toHaveLength(liveRows);
  expect(state.rows[0]?.id).toBe(`n${liveRows + 9}`);
});

test("rows that were read below the live ones come once", () => {
  expect(joinRows([row("c"), row("b")], [row("b"), row("a")]).map(({ id }) => id)).toEqual(["c", "b", "a"]);
});

test("a filter looks at host, path, program, rule and secret, and at the status", () => {
  expect(matchesFilter(row("a", { path: "/v1/Messages" }), "messages", "all")).toBe(true);
  expect(matchesFilter(row("a", { secret: "forge-token" }), "FORGE", "all")).toBe(true);
  expect(matchesFilter(row("a"), "api", "refused")).toBe(false);
  expect(matchesFilter(row("a"), "elsewhere", "all")).toBe(false);
});
