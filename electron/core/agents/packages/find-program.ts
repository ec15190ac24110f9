import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first program of one of these names on this computer's path; null where there is none. */
export async function findProgram(names: readonly string[], path: string | undefined): Promise<string | null> {
  for (const folder of (path ?? "").split(delimiter)) {
    if (folder === "") continue;
    for (const name of names) {
      const candidate = join(folder, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
