import { expect, test } from "vitest";
import { strengthOf } from "./strength.ts";

test("strength is what guessing takes, in words, with what is wrong", { timeout: 60_000 }, async () => {
  const weak = await strengthOf("password");
  expect(weak).toMatchObject({ score: 0, crackTime: "less than a second" });
  expect(weak.warning).not.toBeNull();
  const middling = await strengthOf("gatehouse2024");
  expect(middling.score).toBeLessThan(3);
  const strong = await strengthOf("orbit velvet trumpet canyon 9");
  expect(strong).toMatchObject({ score: 4, warning: null, crackTime: "millions of years" });
  expect(await strengthOf("")).toMatchObject({ score: 0 });
});

test("a very long passphrase is judged in time", { timeout: 60_000 }, async () => {
  const begun = performance.now();
  await strengthOf("aB3$".repeat(256));
  expect(performance.now() - begun).toBeLessThan(3_000);
});
