import { type ExpectedLine, expectedLines } from "./expected-lines.ts";
import allow from "./fourth/allow.txt?raw";
import ask from "./fourth/ask.txt?raw";
import deny from "./fourth/deny.txt?raw";

/**
 * A fourth corpus, written from lists of what programs can be made to run (GTFOBins, manuals) before the tables were
 * read, with rules as people write them; nothing in it stands in the other three.
 */
export function fourthCorpus(): readonly ExpectedLine[] {
  return Object.entries({ deny, ask, allow }).flatMap(([name, text]) => expectedLines(`fourth/${name}`, text));
}
