import { expect, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { silentLogger } from "../kernel/logger.ts";
import { randomId } from "../kernel/ids.ts";
import { Secret } from "../kernel/secret.ts";
import { KeytarKeychain } from "./keytar-keychain.ts";

const text = (secret: Secret | null) => secret?.use((bytes) => bytes.toString("hex")) ?? null;

describeWith("keychain", "the real keychain", () => {
  test("keeps, replaces and forgets values of any bytes", async () => {
    const keychain = new KeytarKeychain({ logger: silentLogger() });
    const account = randomId("test", 16);
    expect(await keychain.state()).toEqual({ state: "available" });
    expect(await keychain.get(account)).toBeNull();
    await keychain.set(account, Secret.fromBytes(Buffer.from([0, 255, 10, 13])));
    expect(text(await keychain.get(account))).toBe("00ff0a0d");
    await keychain.set(account, Secret.fromText("newer"));
    expect(text(await keychain.get(account))).toBe(Buffer.from("newer").toString("hex"));
    await keychain.delete(account);
    await keychain.delete(account);
    expect(await keychain.get(account)).toBeNull();
  });

  test("answers many callers at once, each with its own", async () => {
    const keychain = new KeytarKeychain({ logger: silentLogger() });
    const accounts = Array.from({ length: 12 }, () => randomId("test", 16));
    await Promise.all(accounts.map(async (account) => await keychain.set(account, Secret.fromText(account))));
    const found = await Promise.all(accounts.map(async (account) => text(await keychain.get(account))));
    expect(found).toEqual(accounts.map((account) => Buffer.from(account).toString("hex")));
    for (const account of accounts) await keychain.delete(account);
  });
});
