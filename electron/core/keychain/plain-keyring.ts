import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A keyring without a password is kept by gnome-keyring as plain text, which begins like this. */
const plainTextMark = "[keyring]";

/**
 * Whether an entry of this account lies unencrypted in one of the keyring service's own files: what
 * happens when the person gave their keyring an empty password. Known from the file, because the
 * service itself does not tell.
 */
export async function liesInPlainKeyring(account: string, dataHome: string | undefined): Promise<boolean> {
  const folder = join(dataHome ?? join(homedir(), ".local/share"), "keyrings");
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => name.endsWith(".keyring"))) {
    const content = await readFile(join(folder, name), "latin1").catch(() => "");
    if (content.startsWith(plainTextMark) && content.includes(account)) return true;
  }
  return false;
}
