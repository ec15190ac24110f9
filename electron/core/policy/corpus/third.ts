import { type ExpectedLine, expectedLines } from "./expected-lines.ts";
import allow from "./third/allow.txt?raw";
import ask from "./third/ask.txt?raw";
import deny from "./third/deny.txt?raw";
import tools from "./third/tools.txt?raw";

/**
 * A third corpus, written from SECURITY-MODEL.md alone, before the tables and the other two were read: what somebody
 * who tries the engine from outside would send to `gatehouse decide`.
 */
export function thirdCorpus(): readonly ExpectedLine[] {
  return Object.entries({ deny, ask, allow, tools }).flatMap(([name, text]) => expectedLines(name, text));
}
