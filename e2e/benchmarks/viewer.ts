import headless from "@xterm/headless";
import type { TerminalId, ViewerId } from "#shared/contract/ids.ts";
import type { Client } from "./web-host.ts";

/** Something that shows a terminal's frames. */
export interface Screen {
  draw(data: string | Uint8Array): Promise<void>;
  clear(): void;
}

/** xterm.js without a window, as large as a task page's. */
export function xtermScreen(): Screen {
  const terminal = new headless.Terminal({ cols: 120, rows: 30, scrollback: 5_000, allowProposedApi: true, convertEol: true });
  return {
    draw: async (data) => await new Promise<void>((resolve) => terminal.write(data, resolve)),
    clear: () => terminal.reset(),
  };
}

/** Takes all and shows nothing: the quickest viewer there is, for which core works hardest. */
export const noScreen: Screen = { draw: async () => {}, clear: () => {} };

/** A page acknowledges what it has drawn once a frame of its screen; so does this, by bytes. */
const acknowledgedAtOnce = 65_536;

/** Draws the terminal until it ends, acknowledging as a page does. Resolves to how much of it was sent live and as copies of the screen. */
export async function view(
  client: Client,
  id: TerminalId,
  screen: Screen,
): Promise<{ readonly snapshots: number; readonly dataBytes: number }> {
  let snapshots = 0;
  let dataBytes = 0;
  let viewerId: ViewerId | null = null;
  let drawnBytes = 0;
  for await (const frame of await client.terminals.attach({ id })) {
    if (frame.kind === "attached") viewerId = frame.viewerId;
    if (frame.kind === "exit") break;
    if (frame.kind !== "snapshot" && frame.kind !== "data") continue;
    if (frame.kind === "snapshot") {
      screen.clear();
      snapshots += 1;
    } else dataBytes += frame.bytes;
    await screen.draw(frame.data);
    drawnBytes += frame.bytes;
    if (viewerId === null || drawnBytes < acknowledgedAtOnce) continue;
    void client.terminals.acknowledge({ viewerId, bytes: drawnBytes }).catch(() => {});
    drawnBytes = 0;
  }
  return { snapshots, dataBytes };
}
