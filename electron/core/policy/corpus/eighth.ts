import harmless from "./eighth/harmless.txt?raw";
import launchers from "./eighth/launchers.txt?raw";
import options from "./eighth/options.txt?raw";
import secondHarmless from "./eighth/second-harmless.txt?raw";
import second from "./eighth/second.txt?raw";
import shell from "./eighth/shell.txt?raw";
import third from "./eighth/third.txt?raw";
import tools from "./eighth/tools.txt?raw";
import { type ExpectedLine, expectedLines } from "./expected-lines.ts";

/**
 * An eighth corpus: denied commands carried by launchers and wrappers of all ecosystems, by what the shell offers, by programs that
 * run other programs and in every spelling of options, and the same words as data. Written before any table of `policy` was read, the
 * second and third list each after what the one before had found was mended.
 */
export function eighthCorpus(): readonly ExpectedLine[] {
  const files = { launchers, shell, tools, options, harmless, second, secondHarmless, third };
  return Object.entries(files).flatMap(([name, text]) => expectedLines(`eighth/${name}`, text));
}
