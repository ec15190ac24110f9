import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import { KeytarKeychain } from "./keytar-keychain.ts";

const refused = { code: "KEYCHAIN_UNAVAILABLE", remedy: expect.stringContaining("passphrase") };

function keychainIn(environment: Record<string, string>): KeytarKeychain {
  return new KeytarKeychain({ logger: silentLogger(), environment, platform: "linux", pingTimeoutMs: 300, timeoutMs: 1_000 });
}

/** A message bus that takes connections and does with them what it is told. */
async function fakeBus(onData: (write: (text: string | Buffer) => void, end: () => void) => void): Promise<Record<string, string>> {
  const path = join(temporaryFolder(), "bus");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () =>
      onData(
        (text) => void socket.write(text),
        () => void socket.end(),
      ),
    );
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` };
}

test("without a session bus it says so and names the passphrase", async () => {
  const keychain = keychainIn({});
  expect(await keychain.state()).toMatchObject({ state: "unavailable", why: expect.stringContaining("no message bus") });
  await expect(keychain.get("a")).rejects.toMatchObject(refused);
  await expect(keychain.set("a", Secret.fromText("v"))).rejects.toMatchObject(refused);
  await expect(keychain.delete("a")).rejects.toMatchObject(refused);
});

test("a bus that is not there is told from one that hangs", async () => {
  const gone = keychainIn({ DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent/bus" });
  expect(await gone.state()).toMatchObject({ why: expect.stringContaining("cannot be reached") });
  const begun = performance.now();
  const hung = keychainIn(await fakeBus(() => undefined));
  expect(await hung.state()).toMatchObject({ why: expect.stringContaining("does not answer") });
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test("a bus that refuses, hangs up or answers nonsense is no keychain", async () => {
  const buses = [
    await fakeBus((write) => write("REJECTED EXTERNAL\r\n")),
    await fakeBus((_write, end) => end()),
    await fakeBus((write) => write(Buffer.concat([Buffer.from("OK 1234\r\n"), Buffer.alloc(2_000_000, 0x6c)]))),
  ];
  for (const bus of buses) expect(await keychainIn(bus).state()).toMatchObject({ state: "unavailable" });
});

test("a back end that keeps secrets in a file is refused", async () => {
  expect(await keychainIn({ SECRET_BACKEND: "file", DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" }).state()).toMatchObject({
    why: expect.stringContaining("in a file"),
  });
});
