import { createHash } from "node:crypto";
import { constants, type BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import * as z from "zod";
import type { Hook } from "#shared/contract/hook.ts";
import { hookProgram } from "#shared/domain/hook-program.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Database } from "../storage/database.ts";
import { type ProgramFile, programFiles } from "./program-files.ts";

/** SHA-256 of files by their path. */
export type ProgramDigests = ReadonlyMap<string, string>;

/** A program as it is about to run, or why it must not. */
export type HeldProgram =
  | { readonly ok: false; readonly words: string }
  | {
      readonly ok: true;
      /** Its open file, where that can be run: no script, which its interpreter opens by its path. */
      readonly file: number | undefined;
      /** Whether all its files are still what was looked at. */
      readonly isUnchanged: () => Promise<boolean>;
      readonly close: () => Promise<void>;
    };

interface Looked {
  readonly path: string;
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
  readonly sha256: string;
  readonly isScript: boolean;
}

const Row = z.object({ path: z.string(), sha256: z.string() });

const largestProgram = 512 * 1024 * 1024;
const maximumRemembered = 200;
/** The time of a change is no finer than this on any file system in use; one that is younger may change again unseen. */
const restlessMs = 2_000;

/** What the files of hooks' programs held when the person let them run. A hook whose files hold anything else is not run. */
export class HookPrograms {
  readonly #database: Database;
  readonly #audit: AuditLog;
  readonly #clock: Clock;
  readonly #digests = new Map<string, Pick<Looked, "sha256" | "isScript">>();

  constructor(parts: { readonly database: Database; readonly audit: AuditLog; readonly clock: Clock }) {
    this.#database = parts.database;
    this.#audit = parts.audit;
    this.#clock = parts.clock;
  }

  /** What these hooks would run now; a file that is not there is left out. */
  async digests(hooks: readonly Hook[]): Promise<ProgramDigests> {
    const found = new Map<string, string>();
    for (const { places } of hooks.flatMap(filesOf)) {
      const looked = await this.#open(places);
      if (looked === null) continue;
      found.set(looked.path, looked.sha256);
      await looked.handle.close();
    }
    return found;
  }

  /** Those of these hooks that would run something else than the person let run, given what they would run now. */
  changed(hooks: readonly Hook[], now: ProgramDigests): readonly Hook[] {
    const confirmed = this.#confirmed();
    const isOther = ({ places }: ProgramFile) => {
      const path = places.find((place) => now.has(place));
      return path === undefined ? places.some((place) => confirmed.has(place)) : confirmed.get(path) !== now.get(path);
    };
    return hooks.filter((hook) => filesOf(hook).some(isOther));
  }

  /** From now on these may run. Audited. */
  async confirm(digests: ProgramDigests, by: string): Promise<void> {
    const kept = this.#confirmed();
    const files = [...digests].filter(([path, sha256]) => kept.get(path) !== sha256).map(([path, sha256]) => ({ path, sha256 }));
    if (files.length === 0) return;
    const event = { verb: "policy.confirm-programs", actor: { kind: "person" as const, name: by }, detail: { files } };
    await this.#audit.around(event, async () => {
      const sql = "insert or replace into hook_programs (path, sha256, confirmed_at) values (?, ?, ?)";
      for (const { path, sha256 } of files) this.#database.run(sql, path, sha256, this.#clock.now());
    });
  }

  /** Opens the files of a program once and looks at them: what is open then is what was looked at. `confirmed`: instead of what is kept. */
  async hold(command: readonly string[], confirmed: ProgramDigests = this.#confirmed()): Promise<HeldProgram> {
    const held: Looked[] = [];
    const close = async () => void (await Promise.allSettled(held.map(async ({ handle }) => await handle.close())));
    let file: number | undefined;
    try {
      for (const { places, isProgram } of programFiles(command)) {
        const looked = await this.#open(places);
        if (looked !== null) held.push(looked);
        const words = problemWith(looked, places, isProgram, confirmed);
        if (words !== null) {
          await close();
          return { ok: false, words };
        }
        if (isProgram && looked?.isScript === false) file = looked.handle.fd;
      }
    } catch (error) {
      await close();
      return { ok: false, words: `was not run: ${error instanceof Error ? error.message : "its program cannot be read"}` };
    }
    return { ok: true, file, isUnchanged: async () => (await Promise.all(held.map(isAsItWas))).every(Boolean), close };
  }

  /** The first of these places that holds a file; null where none does. The caller closes it. */
  async #open(places: readonly string[]): Promise<Looked | null> {
    for (const path of places) {
      const handle = await opened(path);
      if (handle === null) continue;
      try {
        const stats = await handle.stat({ bigint: true });
        if (stats.isFile()) return { path, handle, stats, ...(await this.#read(path, handle, stats)) };
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
    return null;
  }

  async #read(path: string, handle: FileHandle, stats: BigIntStats): Promise<Pick<Looked, "sha256" | "isScript">> {
    const key = identity(stats);
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    if (stats.size > BigInt(largestProgram)) throw new Error(`${path} is larger than 512 MiB`);
    const hash = createHash("sha256");
    const piece = Buffer.alloc(1024 * 1024);
    let isScript = false;
    for (let at = 0; ; ) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) break;
      if (at === 0) isScript = piece.toString("latin1", 0, 2) === "#!";
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
      if (at > largestProgram) throw new Error(`${path} grows while it is read`);
    }
    const read = { sha256: hash.digest("hex"), isScript };
    const isAtRest = this.#clock.now() - Number(stats.ctimeMs) > restlessMs && identity(await handle.stat({ bigint: true })) === key;
    if (isAtRest) {
      if (this.#digests.size >= maximumRemembered) this.#digests.clear();
      this.#digests.set(key, read);
    }
    return read;
  }

  #confirmed(): ProgramDigests {
    const rows = this.#database.all("select path, sha256 from hook_programs").map((row) => Row.parse(row));
    return new Map(rows.map(({ path, sha256 }) => [path, sha256]));
  }
}

function filesOf(hook: Hook): readonly ProgramFile[] {
  return programFiles(hookProgram(hook) ?? []);
}

function problemWith(looked: Looked | null, places: readonly string[], isProgram: boolean, confirmed: ProgramDigests): string | null {
  const isKnown = places.some((place) => confirmed.has(place));
  if (looked === null) return isProgram || isKnown ? `was not run: there is no file ${places[0] ?? ""}` : null;
  if (confirmed.get(looked.path) === looked.sha256) return null;
  return isKnown
    ? `was not run: ${looked.path} has changed since you let it run; look at it, then confirm it under Rules`
    : `was not run: ${looked.path} is not what you let run; look at it, then confirm it under Rules`;
}

/** Null where nothing is there. A pipe is not waited for. */
async function opened(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

/** By this a file is what it was: whoever changes or moves it changes its last time, which nobody can set. */
function identity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(":");
}

async function isAsItWas({ path, handle, stats }: Looked): Promise<boolean> {
  try {
    const [open, there] = await Promise.all([handle.stat({ bigint: true }), stat(path, { bigint: true })]);
    return identity(open) === identity(stats) && identity(there) === identity(stats);
  } catch {
    return false;
  }
}
