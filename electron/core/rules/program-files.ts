import { basename, dirname, resolve } from "node:path";

/** A file that a hook runs; the first of its places that holds one is it. `isProgram`: it is started itself. */
export interface ProgramFile {
  readonly places: readonly string[];
  readonly isProgram: boolean;
}

/** Where a program without a folder in its name is looked for; a hook's PATH. */
export const programFolders = ["/usr/local/bin", "/usr/bin", "/bin"];

/** Programs that run what one of their words names. `env` runs the next word. */
const interpreter =
  /^(?:env|sh|bash|dash|zsh|ksh|fish|pwsh|python[\d.]*|pypy[\d.]*|node|nodejs|deno|bun|tsx|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|Rscript|java|osascript)$/;

/**
 * The paths whose content is what a hook does, the program first: its program, or, where that is an interpreter of the system,
 * the files among its words up to the script. An interpreter itself is the system's, which its owner updates. A file that
 * the program reads of itself, a folder, and what the text of `sh -c` names are not looked at. Folders are `/`'s, as the program's are.
 */
export function programFiles(command: readonly string[]): readonly ProgramFile[] {
  const [program, ...words] = command;
  if (program === undefined) return [];
  const places = placesOf(program);
  const isOfSystem = places.every((place) => programFolders.includes(dirname(place)));
  if (!isOfSystem || !interpreter.test(basename(program))) return [{ places, isProgram: true }];
  const files: ProgramFile[] = [];
  for (const [at, word] of words.entries()) {
    const isRun = basename(program) === "env" && !word.startsWith("-") && !word.includes("=");
    if (isRun) return [...files, ...programFiles(words.slice(at))];
    if (word.startsWith("-") || !word.includes("/") || basename(program) === "env") continue;
    files.push({ places: [resolve("/", word)], isProgram: false });
    if (words[at - 1]?.startsWith("-") !== true) break;
  }
  return files;
}

function placesOf(program: string): readonly string[] {
  return program.includes("/") ? [resolve("/", program)] : programFolders.map((folder) => `${folder}/${program}`);
}
