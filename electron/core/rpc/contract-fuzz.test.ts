import { type AnyContractProcedure, isContractProcedure } from "@orpc/contract";
import { createRouterClient } from "@orpc/server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { contract } from "#shared/contract/contract.ts";
import { errorCodes } from "#shared/contract/errors.ts";
import { openTestCore, type TestCore } from "../../testing/test-core.ts";
import { coreRouter } from "./router.ts";

/** Inputs tried on each procedure. */
const triesEach = 60;

let opened: TestCore;
let call: (path: readonly string[], input: unknown) => Promise<unknown>;

beforeAll(async () => {
  opened = await openTestCore();
  const client: unknown = createRouterClient(coreRouter(opened.core), { context: opened.context });
  call = async (path, input) => {
    let target: unknown = client;
    for (const key of path) target = Reflect.get(z.custom<object>((one) => one !== null).parse(target), key);
    if (typeof target !== "function") throw new Error(`${path.join(".")} is not there`);
    return await Reflect.apply(target, undefined, [input]);
  };
});

afterAll(async () => await opened.close());

function procedures(router: object, path: readonly string[] = []): readonly (readonly [string, readonly string[], AnyContractProcedure])[] {
  return Object.entries(router).flatMap(([key, value]) => {
    const here = [...path, key];
    if (isContractProcedure(value)) return [[here.join("."), here, value] as const];
    return procedures(z.object({}).loose().parse(value), here);
  });
}

/** Values of the right shape with one part spoilt, besides plain nonsense. */
const nonsense = fc.oneof(
  fc.anything(),
  fc.dictionary(
    fc.constantFrom("id", "path", "name", "value", "title", "prompt", "text", "request", "limit", "branch", "head", "nonce"),
    fc.anything(),
  ),
  fc.record({ id: fc.string(), taskId: fc.string(), text: fc.constant("x".repeat(200_001)) }),
  fc.constantFrom(
    null,
    undefined,
    [],
    "",
    "__proto__",
    { __proto__: { id: "t-aaaaaa" } },
    { id: "t-../../etc" },
    { id: ["t-aaaaaa"] },
    { id: "t-\0aaaaa" },
  ),
);

describe("input that breaks a schema", () => {
  test.each(procedures(contract))("%s refuses it by name and changes nothing", async (_name, path, procedure) => {
    const schema = procedure["~orpc"].inputSchema;
    if (!(schema instanceof z.ZodType)) throw new Error("every procedure has an input schema");
    const before = await opened.fingerprint();
    const inputs = fc.sample(nonsense, { numRuns: triesEach, seed: 7 }).filter((input) => !schema.safeParse(input).success);
    expect(inputs.length).toBeGreaterThan(5);
    for (const input of inputs) {
      const failure = await call(path, input).then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: "INVALID_INPUT", data: { remedy: expect.any(String) } });
      expect(errorCodes).toContain(Reflect.get(z.custom<object>().parse(failure), "code"));
    }
    expect(await opened.fingerprint()).toBe(before);
  });

  test("the app answers afterwards as before", async () => {
    await expect(call(["app", "status"], {})).resolves.toMatchObject({ kind: "status" });
  });
});
