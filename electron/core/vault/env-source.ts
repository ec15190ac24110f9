import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, realpath, unlink } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { UserError } from "../kernel/errors.ts";
import { errorCode } from "../kernel/system-errors.ts";

const maximumBytes = 262_144;

/** Only such files are read or shredded: whoever calls must not get at others through here. */
const envName = /^\.env(?:\.[A-Za-z0-9._-]{1,64})?$|^[A-Za-z0-9._-]{1,100}\.env$/;

/** Overwrites, one of random bytes and one of zeros; more than one pass helps against nothing that disks do today. */
const passes = [(length: number) => randomBytes(length), (length: number) => Buffer.alloc(length)];

/** The text of a `.env` file of this machine. Throws INVALID_INPUT, NOT_FOUND. */
export async function readEnvFile(path: string): Promise<string> {
  const file = await openEnvFile(await pathOf(path), constants.O_RDONLY);
  try {
    const { size } = await file.stat();
    if (size > maximumBytes) throw notReadable(path, "it is larger than 256 KiB");
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/**
 * Overwrites the file in place, flushes it, and removes it, if it still holds `text`. A disk that writes elsewhere than it
 * is told (flash, copy-on-write) may keep the old blocks: the screen says so. Throws CONFLICT when the file changed, INVALID_INPUT, NOT_FOUND.
 */
export async function shredEnvFile(path: string, text: string): Promise<void> {
  const real = await pathOf(path);
  const file = await openEnvFile(real, constants.O_RDWR);
  try {
    const content = await file.readFile();
    if (content.toString("utf8") !== text)
      throw new UserError("CONFLICT", "The file has changed since it was read, and was left as it is.", "Look at it again.");
    for (const pass of passes) {
      await writeWhole(file, pass(content.length));
      await file.sync();
    }
    await file.truncate(0);
    await file.sync();
    await unlink(real);
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten;
}

/** With links in its folders followed; the file itself must be none. */
async function pathOf(typed: string): Promise<string> {
  const path = typed === "~" || typed.startsWith("~/") ? join(homedir(), typed.slice(1)) : typed;
  if (!isAbsolute(path)) throw notReadable(typed, "its path must begin with / or ~");
  if (!envName.test(basename(path))) throw notReadable(typed, "only files named .env, .env.something or something.env are read");
  try {
    return join(await realpath(dirname(path)), basename(path));
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw notThere(typed);
    throw notReadable(typed, errorCode(error) ?? "it cannot be opened");
  }
}

async function openEnvFile(path: string, flags: number): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, flags | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw notThere(path);
    throw notReadable(path, errorCode(error) === "ELOOP" ? "it is a link" : (errorCode(error) ?? "it cannot be opened"));
  }
  const { nlink } = await file.stat();
  if ((await file.stat()).isFile() && nlink === 1) return file;
  await file.close();
  throw notReadable(path, nlink > 1 ? "it has another name, too (a hard link)" : "it is no plain file");
}

function notReadable(path: string, why: string): UserError {
  return new UserError("INVALID_INPUT", `'${path}' is not read: ${why}.`, "Name a .env file, or paste its text.");
}

function notThere(path: string): UserError {
  return new UserError("NOT_FOUND", `There is no file '${path}'.`, "Correct the path, or paste the text.");
}
