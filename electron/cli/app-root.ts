import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds `out/` and `resources/`, wherever the bundle put this module below it. */
export function appRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "resources/sandbox-image"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("Gatehouse's resources are not beside its program.");
    folder = parent;
  }
  return folder;
}
