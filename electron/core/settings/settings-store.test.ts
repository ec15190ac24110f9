import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultSettings, type Settings } from "#shared/contract/settings.ts";
import { ManualClock } from "../../testing/manual-clock.ts";
import { temporaryFolder } from "../../testing/temporary-folder.ts";
import { silentLogger } from "../kernel/logger.ts";
import { Secret } from "../kernel/secret.ts";
import type { Database } from "../storage/database.ts";
import { openDatabase } from "../storage/open-database.ts";
import { SettingsStore } from "./settings-store.ts";

function openIn(folder: string): Database {
  const key = Secret.fromBytes(Buffer.alloc(32, 1));
  return openDatabase({ file: join(folder, "a.db"), key, clock: new ManualClock(), logger: silentLogger() });
}

const storeOver = (database: Database) => new SettingsStore(database, silentLogger());

test("a setting never changed has its default", () => {
  expect(storeOver(openIn(temporaryFolder())).get()).toEqual(defaultSettings);
});

test("a change keeps the rest, is told once, and is there after a restart", () => {
  const folder = temporaryFolder();
  const store = storeOver(openIn(folder));
  const told: Settings[] = [];
  store.changed.on((settings) => told.push(settings));
  const next = { ...defaultSettings, theme: "dark" as const, baseImage: "debian:stable" };
  expect(store.update({ theme: "dark", baseImage: "debian:stable", maximumRuns: undefined })).toEqual(next);
  store.update({ theme: "dark" });
  store.update({});
  expect(told).toEqual([next]);
  expect(storeOver(openIn(folder)).get()).toEqual(next);
  expect(store.update({ baseImage: null }).baseImage).toBeNull();
  expect(storeOver(openIn(folder)).get()).toEqual({ ...next, baseImage: null });
});

test("only what differs from the default is stored, so a new default reaches everyone who never chose", () => {
  const database = openIn(temporaryFolder());
  storeOver(database).update({ ...defaultSettings, maximumRuns: 9 });
  expect(database.all("select name, value from settings")).toEqual([{ name: "maximumRuns", value: "9" }]);
});

test("a value out of range changes nothing", () => {
  const database = openIn(temporaryFolder());
  const store = storeOver(database);
  expect(() => store.update({ theme: "dark", maximumRuns: 0 })).toThrow();
  expect(store.get()).toEqual(defaultSettings);
  expect(database.all("select * from settings")).toEqual([]);
});

test("a stored value that is not understood gives way to its default, and the others stay", () => {
  const database = openIn(temporaryFolder());
  const stored = { theme: '"mauve"', maximumRuns: "7", sandbox: "{", fromTheFuture: "1", __proto__x: "2" };
  for (const [name, value] of Object.entries(stored)) database.run("insert into settings (name, value) values (?, ?)", name, value);
  expect(storeOver(database).get()).toEqual({ ...defaultSettings, maximumRuns: 7 });
});
