import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of this checkout, also from a bundle of test code that lies somewhere below it. */
export function checkoutRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "resources/sandbox-image"))) folder = dirname(folder);
  return folder;
}
