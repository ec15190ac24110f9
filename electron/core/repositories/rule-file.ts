import { readBaseFile, readFileAt } from "./base-file.ts";

export const ruleFileName = "gatehouse.rules.jsonc";

/** The rule file that the base branch of a repository on the host holds; null where it holds none. */
export async function readBaseRuleFile(path: string, branch: string | null, signal?: AbortSignal): Promise<string | null> {
  return await readBaseFile({ path, branch, name: ruleFileName }, signal);
}

/** The rule file of one commit, for example of what came back from a sandbox: to be shown, never to be obeyed. */
export async function readRuleFileAt(path: string, commit: string, signal?: AbortSignal): Promise<string | null> {
  return await readFileAt({ path, commit, name: ruleFileName }, signal);
}
