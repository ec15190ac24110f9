import { join } from "node:path";
import { BrowserWindow, nativeTheme, screen } from "electron";
import type { RequestId } from "#shared/contract/ids.ts";
import { appAddress } from "./app-origin.ts";
import { approvalPlace } from "./approval-window-place.ts";

/** How long the last answer stays in sight, milliseconds. */
const lingerMs = 2_500;

/** The small window that shows one prompt over everything else. One at most; it comes back where it is. */
export class ApprovalWindows {
  readonly #preloadFolder: string;
  #window: BrowserWindow | null = null;

  constructor(preloadFolder: string) {
    this.#preloadFolder = preloadFolder;
  }

  /** Shows this request in the place of whatever the window showed. */
  show(id: RequestId): void {
    const address = approvalAddress(id);
    const isNew = this.#window === null || this.#window.isDestroyed();
    const window = this.#window === null || isNew ? this.#create() : this.#window;
    this.#window = window;
    if (window.webContents.getURL() === address) {
      window.show();
      window.focus();
      return;
    }
    void this.#load(window, address, isNew);
  }

  async #load(window: BrowserWindow, address: string, isNew: boolean): Promise<void> {
    await window.loadURL(address);
    if (window.isDestroyed()) return;
    // The page reads its address once, when it begins: a change after the # alone begins nothing.
    if (!isNew) window.webContents.reload();
    window.show();
    window.focus();
  }

  /** Nothing waits any more: closes, once what was answered has been on screen for a moment. */
  settle(isWaiting: () => boolean): void {
    if (this.#window === null || isWaiting()) return;
    const window = this.#window;
    setTimeout(() => {
      if (this.#window === window && !window.isDestroyed() && !isWaiting()) this.close();
    }, lingerMs);
  }

  close(): void {
    if (this.#window !== null && !this.#window.isDestroyed()) this.#window.destroy();
    this.#window = null;
  }

  #create(): BrowserWindow {
    // On the display that the person is at.
    const { workArea } = screen.getDisplayNearestPoint(screen.getCursorScreenPoint());
    const window = new BrowserWindow({
      ...approvalPlace(workArea),
      useContentSize: true,
      alwaysOnTop: true,
      fullscreenable: false,
      maximizable: false,
      minimizable: false,
      show: false,
      title: "Gatehouse: approval",
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? "#151619" : "#fafafb",
      webPreferences: {
        preload: join(this.#preloadFolder, "preload.cjs"),
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        webSecurity: true,
        spellcheck: false,
      },
    });
    window.on("page-title-updated", (event) => event.preventDefault());
    window.on("closed", () => {
      if (this.#window === window) this.#window = null;
    });
    return window;
  }
}

function approvalAddress(id: RequestId): string {
  return `${appAddress}#/approval/${id}`;
}
