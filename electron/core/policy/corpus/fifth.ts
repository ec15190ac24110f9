import { type ExpectedLine, expectedLines } from "./expected-lines.ts";
import allow from "./fifth/allow.txt?raw";
import ask from "./fifth/ask.txt?raw";
import deny from "./fifth/deny.txt?raw";

/**
 * A fifth corpus, written by area (quoting, wrappers, variables that run something, containers, clouds, builds, text with
 * dangerous words in it) before the tables were read, as an adversary and as a developer would write it.
 */
export function fifthCorpus(): readonly ExpectedLine[] {
  return Object.entries({ deny, ask, allow }).flatMap(([name, text]) => expectedLines(`fifth/${name}`, text));
}
