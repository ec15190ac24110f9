import { type ExpectedLine, expectedLines } from "./expected-lines.ts";
import allow from "./sixth/allow.txt?raw";
import ask from "./sixth/ask.txt?raw";
import deny from "./sixth/deny.txt?raw";
import siblings from "./sixth/siblings.txt?raw";
import tools from "./sixth/tools.txt?raw";

/**
 * A sixth corpus, in the way coding agents write commands (a shell's -lc, heredocs, loops, tails), beside rules as people
 * write them in settings; with the other tools and odd lines. Written before the tables were read.
 */
export function sixthCorpus(): readonly ExpectedLine[] {
  return Object.entries({ deny, ask, allow, tools, siblings }).flatMap(([name, text]) => expectedLines(`sixth/${name}`, text));
}
