import { readBaseFile } from "./base-file.ts";

export const ruleFileName = "gatehouse.rules.jsonc";

/** The rule file that the base branch of a repository on the host holds; null where it holds none. */
export async function readBaseRuleFile(path: string, branch: string | null, signal?: AbortSignal): Promise<string | null> {
  return await readBaseFile({ path, branch, name: ruleFileName }, signal);
}
