import * as z from "zod";
import { defaultSettings, Settings } from "#shared/contract/settings.ts";
import { Emitter } from "../kernel/events.ts";
import type { Logger } from "../kernel/logger.ts";
import type { Database } from "../storage/database.ts";

const Row = z.object({ name: z.string(), value: z.string() });

/** The settings, kept in the database; what was never changed has its default. */
export class SettingsStore {
  /** After each change that made a difference. */
  readonly changed = new Emitter<Settings>();
  readonly #database: Database;
  #current: Settings;

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#current = read(database, logger);
  }

  get(): Settings {
    return this.#current;
  }

  /** Changes the named settings and leaves the rest. Throws a ZodError for a value out of range. */
  update(change: { readonly [Name in keyof Settings]?: Settings[Name] | undefined }): Settings {
    const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    const next = Settings.parse({ ...this.#current, ...named });
    const before = new Map(Object.entries(this.#current).map(([name, value]) => [name, JSON.stringify(value)]));
    const different = Object.entries(next).filter(([name, value]) => JSON.stringify(value) !== before.get(name));
    if (different.length === 0) return this.#current;
    this.#database.transaction(() => {
      for (const [name, value] of different) {
        this.#database.run("insert or replace into settings (name, value) values (?, ?)", name, JSON.stringify(value));
      }
    });
    this.#current = next;
    this.changed.emit(next);
    return next;
  }
}

/** A stored value that this version does not accept gives way to its default, one setting at a time. */
function read(database: Database, logger: Logger): Settings {
  let current = defaultSettings;
  for (const { name, value } of z.array(Row).parse(database.all("select name, value from settings"))) {
    const next = Settings.safeParse({ ...current, [name]: parseJson(value) });
    if (next.success && Object.hasOwn(defaultSettings, name)) current = next.data;
    else logger.warn({ setting: name }, "a stored setting is not understood; its default is used");
  }
  return current;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
