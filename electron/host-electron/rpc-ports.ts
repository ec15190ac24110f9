import { type IpcMainEvent, ipcMain, MessageChannelMain } from "electron";
import { isOwnAddress } from "./app-origin.ts";

/** What the check needs of a frame; a subset of Electron's `WebFrameMain`. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: unknown;
}

/** Only the top frame of one of our own pages may ask for a port. */
export function mayConnect(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isOwnAddress(frame.url);
}

/** Gives each own page that asks a port to core; the port closes with the page. */
export function servePorts(onPort: (port: Electron.MessagePortMain) => void): void {
  ipcMain.on("gatehouse:connect", (event: IpcMainEvent) => {
    const frame = event.senderFrame;
    if (frame === null || !mayConnect(frame)) return;
    const { port1, port2 } = new MessageChannelMain();
    onPort(port1);
    port1.start();
    frame.postMessage("gatehouse:port", null, [port2]);
  });
}
