import type { GlobalShortcut } from "electron";
import { desktopKeysWords } from "#shared/domain/desktop-keys.ts";
import type { DesktopKeys } from "../core/ports.ts";

/** The keys that open the next request from anywhere on the desktop. Another program may have them; then they are tried again. */
export class NextRequestKeys implements DesktopKeys {
  readonly #desktop: Pick<GlobalShortcut, "register" | "unregister">;
  readonly #isApple: boolean;
  readonly #listeners = new Set<() => void>();
  #open: (() => void) | null = null;
  /** As the setting has them; null: none are wanted. */
  #keys: string | null = null;
  #isHeld = false;

  constructor(desktop: Pick<GlobalShortcut, "register" | "unregister">, platform: NodeJS.Platform) {
    this.#desktop = desktop;
    this.#isApple = platform === "darwin";
  }

  get keys(): string | null {
    return this.#keys === null ? null : desktopKeysWords(this.#keys, this.#isApple);
  }

  /** As Electron writes them, while they are ours. */
  get accelerator(): string | null {
    return this.#isHeld && this.#keys !== null ? acceleratorOf(this.#keys) : null;
  }

  isHeld(): boolean {
    return this.#isHeld;
  }

  onChanged(callback: () => void): Disposable {
    this.#listeners.add(callback);
    return { [Symbol.dispose]: () => void this.#listeners.delete(callback) };
  }

  use(keys: string | null): void {
    if (keys === this.#keys) return;
    if (this.#isHeld && this.#keys !== null) this.#desktop.unregister(acceleratorOf(this.#keys));
    this.#isHeld = false;
    this.#keys = keys;
    this.#take();
    this.#tell();
  }

  /** What the keys do. */
  hold(open: () => void): void {
    this.#open = open;
    this.tryAgain();
  }

  /** Whenever another program may have let go of them. Does nothing while they are held. */
  tryAgain(): void {
    if (this.#take()) this.#tell();
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }

  /** Whether they are ours now and were not before. Electron throws where a desktop has no such keys at all. */
  #take(): boolean {
    const open = this.#open;
    if (open === null || this.#keys === null || this.#isHeld) return false;
    try {
      this.#isHeld = this.#desktop.register(acceleratorOf(this.#keys), open);
    } catch {
      this.#isHeld = false;
    }
    return this.#isHeld;
  }
}

/** `mod+shift+g` as Electron takes it: `CommandOrControl+Shift+G`. */
function acceleratorOf(keys: string): string {
  const words: Readonly<Record<string, string>> = { mod: "CommandOrControl", alt: "Alt", shift: "Shift" };
  return keys
    .split("+")
    .map((part) => words[part] ?? part.toUpperCase())
    .join("+");
}
