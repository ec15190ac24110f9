import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalPythonName } from "#shared/domain/python-name.ts";
import { canonicalJson } from "../../kernel/canonical-json.ts";
import { type RunPip, runPip } from "./pip.ts";
import { PythonLock, readPrograms, readReport, requirementsOf } from "./python-lock.ts";
import type { PythonTarget } from "./python-target.ts";
import { hashLock } from "./resolve-package.ts";

/**
 * Asks the index once which wheels one package brings along, without running or keeping any. `version`: an exact one, or null for the
 * newest that fits. The same package, target and index give the same lock. Throws as {@link runPip} and {@link readReport} do.
 */
export async function resolvePython(
  wanted: { readonly name: string; readonly version: string | null },
  target: PythonTarget,
  onLine: (line: string) => void,
  signal: AbortSignal,
  pip: RunPip = runPip,
): Promise<{ readonly lock: string; readonly hash: string }> {
  const main = canonicalPythonName(wanted.name);
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-lock-"));
  const ask = async (requirements: string, work: "resolve" | "fetch" | "entry-points") => {
    await writeFile(join(folder, "requirements.txt"), requirements);
    return await pip(folder, { work, target }, onLine, signal);
  };
  try {
    await ask(`${main}${wanted.version === null ? "" : `==${wanted.version}`}\n`, "resolve");
    const packages = readReport(JSON.parse(await readFile(join(folder, "report.json"), "utf8")), main);
    const own = requirementsOf(packages.filter(({ name }) => name === main));
    await ask(own, "fetch");
    const told = (await ask(own, "entry-points")).at(-1) ?? "{}";
    const lock = canonicalJson(PythonLock.parse({ kind: "pypi", target, main, programs: readPrograms(JSON.parse(told)), packages }));
    return { lock, hash: hashLock(lock) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
