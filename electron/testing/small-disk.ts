import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";

export interface SmallDisk {
  readonly folder: string;
  /** To the last byte; disposed of, the room is there again. */
  fill(): Disposable;
  resize(kib: number): void;
}

/** A test with a disk of its own of so many KiB, to fill; skipped by name where this user may not mount one. */
export function testOnSmallDisk(title: string, kib: number, body: (disk: SmallDisk) => Promise<void> | void): void {
  if (!mayMount()) {
    test.skip(`${title} (skipped, this user may not mount a disk)`, () => undefined);
    return;
  }
  test(title, async () => {
    const folder = mount(kib);
    try {
      await body({
        folder,
        fill: () => fill(join(folder, "filler")),
        resize: (kib) => void execFileSync("mount", ["-o", `remount,size=${kib}k`, folder]),
      });
    } finally {
      unmount(folder);
    }
  });
}

function fill(file: string): Disposable {
  const opened = openSync(file, "w");
  try {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) writeUntilFull(opened, Buffer.alloc(size, "x"));
  } finally {
    closeSync(opened);
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    while (writeSync(file, chunk) === chunk.length);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

function mayMount(): boolean {
  try {
    unmount(mount(64));
    return true;
  } catch {
    return false;
  }
}

function mount(kib: number): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kib}k,mode=0700`, "gatehouse-test", folder], { stdio: "ignore" });
  return folder;
}

function unmount(folder: string): void {
  execFileSync("umount", ["-l", folder], { stdio: "ignore" });
  rmdirSync(folder);
}
