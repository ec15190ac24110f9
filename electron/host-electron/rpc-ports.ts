import { type IpcMainEvent, ipcMain, MessageChannelMain } from "electron";
import { mayConnect } from "./sender-frame.ts";

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
