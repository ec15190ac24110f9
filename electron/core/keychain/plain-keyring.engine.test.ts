import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { describeWith } from "../../testing/engines.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { randomId } from "../kernel/ids.ts";
import { Secret } from "../kernel/secret.ts";
import { KeytarKeychain } from "./keytar-keychain.ts";

// In a file, and so in a process, of its own: keytar stays on the first bus that it was connected to.
describeWith("keychain", "a keychain without a password", () => {
  test("a keyring without a password is refused, and nothing stays in it", async () => {
    const { keychain, folder } = await keyringOfItsOwn();
    expect(await keychain.state()).toEqual({ state: "available" });
    const account = randomId("test", 16);
    await expect(keychain.set(account, Secret.fromText("canary"))).rejects.toMatchObject({
      code: "KEYCHAIN_UNAVAILABLE",
      message: expect.stringContaining("plain text"),
    });
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
    expect(files.some((content) => content.startsWith("[keyring]"))).toBe(true);
    expect(files.filter((content) => content.includes(account) || content.includes(Buffer.from("canary").toString("base64")))).toEqual([]);
  });
});

/** A bus and a gnome-keyring beside the session's, whose only keyring has no password. */
async function keyringOfItsOwn(): Promise<{ keychain: KeytarKeychain; folder: string }> {
  const home = temporaryFolder();
  const folder = join(home, "keyrings");
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, "plain.keyring"), "[keyring]\ndisplay-name=plain\nctime=0\nmtime=0\nlock-on-idle=false\nlock-after=false\n");
  writeFileSync(join(folder, "default"), "plain");
  const bus = spawn("dbus-daemon", ["--session", "--nofork", "--print-address=1"], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void bus.kill());
  const [line] = await once(bus.stdout, "data");
  const address = String(line).trim();
  const environment = { ...process.env, DBUS_SESSION_BUS_ADDRESS: address, XDG_DATA_HOME: home, XDG_RUNTIME_DIR: home };
  const daemon = spawn("gnome-keyring-daemon", ["--foreground", "--components=secrets"], { env: environment, stdio: "ignore" });
  onTestFinished(() => void daemon.kill());
  const before = process.env["DBUS_SESSION_BUS_ADDRESS"];
  // keytar reads the address from the process's own environment, when it first connects.
  const keychain = new KeytarKeychain({ logger: silentLogger(), environment, pingTimeoutMs: 10_000 });
  process.env["DBUS_SESSION_BUS_ADDRESS"] = address;
  onTestFinished(() => void (process.env["DBUS_SESSION_BUS_ADDRESS"] = before));
  execFileSync(
    "dbus-send",
    ["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets", "org.freedesktop.DBus.Peer.Ping"],
    { env: environment, stdio: "ignore" },
  );
  return { keychain, folder };
}
