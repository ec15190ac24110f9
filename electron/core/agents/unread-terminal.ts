import { finished } from "node:stream/promises";
import { TerminalId } from "#shared/contract/ids.ts";
import { randomId } from "../kernel/ids.ts";
import type { CommandTerminal } from "../terminal/terminals.ts";

/** For commands of an agent that is only tried out: their output is read and forgotten. */
export function unreadTerminal(): CommandTerminal {
  return {
    id: TerminalId.parse(randomId("term")),
    write: async () => {},
    feed: async (process) => {
      process.stdout.resume();
      process.stderr.resume();
      await Promise.all([finished(process.stdout), finished(process.stderr)]);
      return { exit: await process.exited, tail: "", truncated: false };
    },
    exited: () => {},
  };
}
