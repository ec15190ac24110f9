import { randomUUID } from "node:crypto";
import { BrowserWindow, nativeTheme, session } from "electron";
import type { PasskeyWindow } from "../core/ports.ts";
import { askOnPage, type PageWindow } from "./passkey-page.ts";

/** Custom schemes cannot use passkeys: one window on a loopback page, in a session of its own that is gone afterwards. */
export function passkeyWindow(rendererFolder: string, parent: () => BrowserWindow | null): PasskeyWindow {
  return {
    ask: async (question, signal) => await askOnPage(rendererFolder, (address) => openWindow(address, parent()), question, signal),
  };
}

function openWindow(address: string, parent: BrowserWindow | null): PageWindow {
  // Not kept on disk, because its name does not begin with `persist:`.
  const own = session.fromPartition(`passkey-${randomUUID()}`, { cache: false });
  const { origin } = new URL(address);
  // Takes the place of the guard's listener, which knows the app's own address alone.
  own.webRequest.onBeforeRequest((details, decide) => decide({ cancel: new URL(details.url).origin !== origin }));
  const window = new BrowserWindow({
    width: 420,
    height: 260,
    useContentSize: true,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    title: "Gatehouse: passkey",
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#151619" : "#fafafb",
    ...(parent === null || parent.isDestroyed() ? {} : { parent, modal: true }),
    webPreferences: {
      session: own,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  const closed = new Promise<void>((resolve) => window.once("closed", () => resolve()));
  // A page that cannot be loaded is a window that the person closes.
  window.loadURL(address).catch(() => undefined);
  return {
    closed,
    close: () => {
      if (!window.isDestroyed()) window.destroy();
    },
  };
}
