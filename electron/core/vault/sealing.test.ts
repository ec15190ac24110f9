import { expect, test } from "vitest";
import { Secret } from "../kernel/secret.ts";
import { type Place, randomKey, seal, subkey, unseal } from "./sealing.ts";

const place: Place = { vault: "vlt-1", workspace: "ws-1", record: "sec-1", field: "value", version: 1, keyId: "key-1", beside: "" };
const opened = (secret: Secret | null) => secret?.use((bytes) => bytes.toString()) ?? null;

test("a sealed value opens in its place with its key, and two seals of it share nothing", () => {
  const key = randomKey();
  const [a, b] = [seal(key, Secret.fromText("value"), place), seal(key, Secret.fromText("value"), place)];
  expect(opened(unseal(key, a, place))).toBe("value");
  expect(a.length).toBe(12 + 5 + 16);
  expect(a.subarray(0, 12).equals(b.subarray(0, 12))).toBe(false);
  expect(a.subarray(12).equals(b.subarray(12))).toBe(false);
  expect(unseal(randomKey(), a, place)).toBeNull();
});

test("it opens in no other place: each part of the place counts", () => {
  const key = randomKey();
  const sealed = seal(key, Secret.fromText("value"), place);
  const others: readonly Partial<Place>[] = [
    { vault: "vlt-2" },
    { workspace: "ws-2" },
    { record: "sec-2" },
    { field: "record-key" },
    { version: 2 },
    { keyId: "key-2" },
    { beside: "0" },
  ];
  expect(new Set(others.flatMap((other) => Object.keys(other)))).toEqual(new Set(Object.keys(place)));
  for (const other of others) expect(unseal(key, sealed, { ...place, ...other }), JSON.stringify(other)).toBeNull();
});

test("with any bit flipped, or cut anywhere, it does not open", () => {
  const key = randomKey();
  const sealed = seal(key, Secret.fromText("a value"), place);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(unseal(key, changed, place), `bit ${bit}`).toBeNull();
  }
  for (let length = 0; length < sealed.length; length++) expect(unseal(key, sealed.subarray(0, length), place)).toBeNull();
});

test("subkeys differ by purpose and by vault, and are the same again", () => {
  const key = randomKey();
  const hex = (secret: Secret) => secret.use((bytes) => bytes.toString("hex"));
  const made = [
    subkey(key, "vlt-1", "wrap-record-keys"),
    subkey(key, "vlt-1", "wrap-inner-keys"),
    subkey(key, "vlt-2", "wrap-record-keys"),
    subkey(key, "vlt-1", "authenticate-header"),
    subkey(key, "vlt-1", "authenticate-manifest"),
  ].map((secret) => hex(secret));
  expect(new Set([...made, hex(key)]).size).toBe(6);
  expect(hex(subkey(key, "vlt-1", "wrap-record-keys"))).toBe(made[0]);
});
