import { join } from "node:path";
import { BrowserWindow, nativeTheme } from "electron";
import { appAddress } from "./app-origin.ts";

/** The one window. Shown when it has something to show, so that it never flashes. */
export function createMainWindow(preloadFolder: string, icon: string): BrowserWindow {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 720,
    minHeight: 480,
    show: false,
    title: "Gatehouse",
    icon,
    autoHideMenuBar: true,
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#151619" : "#fafafb",
    webPreferences: {
      preload: join(preloadFolder, "preload.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
    },
  });
  window.once("ready-to-show", () => window.show());
  window.on("page-title-updated", (event) => event.preventDefault());
  void window.loadURL(appAddress);
  return window;
}
