import type { GlobalShortcut } from "electron";
import type { DesktopKeys } from "../core/ports.ts";
import { nextRequestKeys } from "./tray-menu.ts";

/** The keys that open the next request from anywhere on the desktop. Another program may have them; then they are tried again. */
export class NextRequestKeys implements DesktopKeys {
  readonly keys: string;
  readonly #desktop: Pick<GlobalShortcut, "register">;
  readonly #listeners = new Set<() => void>();
  #open: (() => void) | null = null;
  #isHeld = false;

  constructor(desktop: Pick<GlobalShortcut, "register">, platform: NodeJS.Platform) {
    this.#desktop = desktop;
    this.keys = platform === "darwin" ? "Cmd+Shift+G" : "Ctrl+Shift+G";
  }

  isHeld(): boolean {
    return this.#isHeld;
  }

  onChanged(callback: () => void): Disposable {
    this.#listeners.add(callback);
    return { [Symbol.dispose]: () => void this.#listeners.delete(callback) };
  }

  hold(open: () => void): void {
    this.#open = open;
    this.tryAgain();
  }

  /** Whenever another program may have let go of them. Does nothing while they are held. */
  tryAgain(): void {
    const open = this.#open;
    if (open === null || this.#isHeld) return;
    this.#isHeld = this.#register(open);
    if (this.#isHeld) for (const changed of this.#listeners) changed();
  }

  /** Electron throws where a desktop has no such keys at all. */
  #register(open: () => void): boolean {
    try {
      return this.#desktop.register(nextRequestKeys, open);
    } catch {
      return false;
    }
  }
}
