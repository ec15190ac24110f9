import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "../kernel/clock.ts";
import { syncFolder, writeDurably } from "../kernel/durable-file.ts";
import { UserError } from "../kernel/errors.ts";
import { diskFull, isOutOfSpace } from "../kernel/system-errors.ts";
import { type Manifest, manifestName } from "./manifest.ts";
import { restoreBackup, verifyBackup } from "./restore.ts";

/** Holds what was brought until the next start takes it in. */
const broughtName = "brought";
/** Says that it is whole, and how far it has been taken in. */
const markerName = "brought.json";
const Marker = z.object({ step: z.enum(["brought", "placing"]) });

/** All that a backup may hold: another's signing key, above all, is never taken over. */
const backedUp = new Set(["gatehouse.db", "audit.jsonl", "vault.json", "attempts.json", "install-id", "audit-public-key"]);

/** What a Gatehouse that was never set up makes when it starts: kept aside, as the restored ones take its place. */
const startedFiles = new Set([
  ...["audit.jsonl", "audit.index", "audit-anchor.json", "audit-signing-key", "audit-public-key"],
  ...["install-id", "attempts.json"],
]);

/**
 * Brings a backup, as of another computer, into a data folder that has no vault yet: it is proved whole and
 * copied, and takes its place when Gatehouse is started the next time. NOT_FOUND where the folder holds no
 * backup, CONFLICT where there is a vault, DATABASE_DAMAGED, DISK_FULL; then nothing was changed.
 */
export async function bringBackup(
  { dataFolder, from }: { readonly dataFolder: string; readonly from: string },
  signal?: AbortSignal,
): Promise<Manifest> {
  if (existsSync(join(dataFolder, "vault.json")))
    throw new UserError("CONFLICT", "There is a vault here already.", "Restore one of its own backups: Settings → Backups.");
  if (!existsSync(join(from, manifestName)))
    throw new UserError(
      "NOT_FOUND",
      `There is no backup in ${from}.`,
      "Name the folder of one backup: it is called after its time, and holds a manifest.json.",
    );
  const verdict = await verifyBackup(from, signal);
  if (verdict.result === "damaged") throw damaged(from, verdict.problems.join("; "));
  const names = verdict.manifest.files.map(({ name }) => name);
  const stranger = names.find((name) => !backedUp.has(name));
  if (stranger !== undefined) throw damaged(from, `it holds ${stranger}, which no backup does`);
  if (!names.includes("vault.json")) throw damaged(from, "it holds no vault");
  const into = join(dataFolder, broughtName);
  try {
    await rm(join(dataFolder, markerName), { force: true });
    await rm(into, { recursive: true, force: true });
    const manifest = await restoreBackup(from, into, signal);
    await writeDurably(join(dataFolder, markerName), JSON.stringify({ step: "brought" }));
    return manifest;
  } catch (error) {
    await rm(into, { recursive: true, force: true });
    if (isOutOfSpace(error)) throw diskFull("the backup was not brought in, and nothing was changed", error);
    throw error;
  }
}

/**
 * Before anything of the data folder is opened: what was brought takes its place, and what this Gatehouse had
 * begun is kept beside it. A crash in between is gone on with by the next start. Resolves to whether it did.
 */
export async function takeBackupIn(dataFolder: string, clock: Clock): Promise<boolean> {
  const marker = join(dataFolder, markerName);
  if (!existsSync(marker)) return false;
  const brought = join(dataFolder, broughtName);
  const { step } = Marker.parse(JSON.parse(await readFile(marker, "utf8")));
  if (step === "brought") {
    // Somebody made a vault all the same: it is theirs, and the backup can be brought to another folder.
    if (existsSync(join(dataFolder, "vault.json"))) {
      await rm(marker, { force: true });
      await rm(brought, { recursive: true, force: true });
      return false;
    }
    await putAside(dataFolder, clock);
    await writeDurably(marker, JSON.stringify({ step: "placing" }));
  }
  for (const name of await readdir(brought)) await rename(join(brought, name), join(dataFolder, name));
  await syncFolder(dataFolder);
  await rm(marker, { force: true });
  await rm(brought, { recursive: true, force: true });
  return true;
}

function damaged(from: string, problems: string): UserError {
  return new UserError("DATABASE_DAMAGED", `The backup ${from} is damaged: ${problems}. Nothing was changed.`, "Restore another one.");
}

async function putAside(dataFolder: string, clock: Clock): Promise<void> {
  const aside = join(dataFolder, `before-restore-${new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-")}`);
  await mkdir(aside, { recursive: true, mode: 0o700 });
  for (const name of (await readdir(dataFolder)).filter((name) => startedFiles.has(name)))
    await rename(join(dataFolder, name), join(aside, name));
  await syncFolder(dataFolder);
}
