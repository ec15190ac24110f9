import fc from "fast-check";
import { expect, test } from "vitest";
import { AuditEntry } from "#shared/contract/audit.ts";
import * as z from "zod";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { type AuditStatement, isCanonical, parseLine, seal } from "./audit-entry.ts";

const name = fc.option(fc.string({ unit: "grapheme", maxLength: 20 }), { nil: null });
const statement: fc.Arbitrary<AuditStatement> = fc
  .record({
    at: fc.nat(),
    phase: fc.constantFrom("intent" as const, "note" as const),
    intent: fc.constant(null),
    outcome: fc.constant(null),
    verb: fc.string({ unit: "grapheme", maxLength: 20 }),
    actor: fc.oneof(
      fc.record({ kind: fc.constant("agent" as const), runId: fc.string({ unit: "grapheme" }) }),
      fc.record({ kind: fc.constant("person" as const), name: fc.constantFrom('"intent":', '"hash":"0",', "owner") }),
    ),
    taskId: name,
    runId: name,
    // The log gives a member named as the prototype another name before it seals.
    detail: fc.dictionary(
      fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__"),
      fc.constantFrom('"hash":"0",', null, 1.5, [1, "ü"], { b: 1, a: '"intent":' }),
    ),
    call: fc.option(fc.string({ unit: "grapheme", maxLength: 20 }), { nil: undefined }),
  })
  .map(({ call, ...rest }) => (call === undefined ? rest : { ...rest, call }));

test("the line of any entry is its canonical JSON, and reads back as it", () => {
  fc.assert(
    fc.property(statement, fc.nat(1_000), (statement, sequence) => {
      const { entry, line } = seal(statement, sequence, "0".repeat(64));
      const { call, ...rest } = entry;
      expect(line).toBe(canonicalJson(call === undefined ? rest : { ...rest, call }));
      expect(isCanonical(line, entry)).toBe(true);
      if (statement.verb.length <= 80) expect(parseLine(line)).toEqual({ entry });
    }),
  );
});

test("every member that an entry can have is in its line, and so under its hash", () => {
  const said = {
    phase: "note",
    intent: null,
    outcome: null,
    verb: "a.b",
    actor: { kind: "gatehouse" },
    taskId: null,
    runId: null,
    detail: {},
  } as const;
  const { line } = seal({ ...said, at: 1, call: "call-1" }, 1, "0".repeat(64));
  expect(Object.keys(z.record(z.string(), z.unknown()).parse(JSON.parse(line))).toSorted()).toEqual(
    Object.keys(AuditEntry.shape).toSorted(),
  );
});
