import { isContractProcedure } from "@orpc/contract";
import { expect, test } from "vitest";
import type { Access } from "#shared/contract/base.ts";
import { contract } from "#shared/contract/contract.ts";
import { verbWords } from "./audit-verbs.ts";

test("whatever a person does has words on the audit screen", () => {
  const verbs = verbsOf(contract);
  expect(verbs.length).toBeGreaterThan(50);
  expect(verbs.filter((verb) => verbWords[verb] === undefined)).toEqual([]);
});

function verbsOf(router: object): readonly string[] {
  return Object.values(router).flatMap((value: unknown) => {
    if (typeof value !== "object" || value === null) return [];
    if (!isContractProcedure(value)) return verbsOf(value);
    const meta: { readonly access?: Access } = value["~orpc"].meta;
    const effect = meta.access?.effect;
    return effect !== undefined && effect !== "reads" && "audits" in effect ? [effect.audits] : [];
  });
}
