import { expect, test } from "vitest";
import { deriveKeyHere, testDeriveKey } from "../../testing/argon2-worker.ts";
import { Secret } from "../kernel/secret.ts";
import { argon2InWorker, standardArgon2 } from "./passphrase-key.ts";

const salt = Buffer.from("somesalt");
const hex = (secret: Secret) => secret.use((bytes) => bytes.toString("hex"));

test("the worker gives the Argon2id that the reference implementation gives", async () => {
  const derive = await testDeriveKey();
  const parameters = { memoryKib: 65_536, iterations: 2, parallelism: 1 };
  const expected = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7";
  expect(hex(await derive(Secret.fromText("password"), salt, parameters))).toBe(expected);
  expect(hex(await deriveKeyHere(Secret.fromText("password"), salt, parameters))).toBe(expected);
});

test("the standard cost is 64 MiB, three passes, four lanes, and leaves the event loop free", async () => {
  expect(standardArgon2).toEqual({ memoryKib: 65_536, iterations: 3, parallelism: 4 });
  const derive = await testDeriveKey();
  let turns = 0;
  const turning = setInterval(() => turns++, 5);
  const begun = performance.now();
  await derive(Secret.fromText("password"), salt, standardArgon2);
  const tookMs = performance.now() - begun;
  clearInterval(turning);
  expect(tookMs).toBeGreaterThan(50);
  expect(turns).toBeGreaterThan(tookMs / 50);
});

test("a derivation stops when it is told to", async () => {
  const derive = await testDeriveKey();
  const stop = new AbortController();
  const waiting = derive(Secret.fromText("password"), salt, standardArgon2, stop.signal);
  stop.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  await expect(derive(Secret.fromText("password"), salt, standardArgon2, stop.signal)).rejects.toThrow("stopped");
});

test("a worker that is missing or given nonsense fails instead of hanging", async () => {
  await expect(argon2InWorker("/nowhere/argon2-worker.mjs")(Secret.fromText("p"), salt, standardArgon2)).rejects.toThrow();
  const derive = await testDeriveKey();
  await expect(derive(Secret.fromText("p"), salt, { ...standardArgon2, memoryKib: 1 })).rejects.toThrow();
});
