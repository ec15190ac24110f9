import type { RequestId } from "#shared/contract/ids.ts";
import type { Secret } from "./kernel/secret.ts";

/** What a host supplies to core. Each has a real adapter in a host; doubles exist only in tests. */

export interface Notifier {
  /** Shows one native notification; a newer one with the same `tag` replaces it. */
  notify(notification: {
    readonly tag: string;
    readonly title: string;
    readonly body: string;
    readonly taskId?: string;
    readonly requestId?: RequestId;
    /** Answers that may be given in the notification itself; none where it does not show the whole request. */
    readonly answers?: readonly NotificationAnswer[];
  }): void;
  /** Takes back what was shown with this `tag`: what it was about has been settled. */
  withdraw(tag: string): void;
}

/** An answer that a button of a notification can give. */
export type NotificationAnswer = "allow-once" | "allow-run" | "deny";

/** A question of the operating system's own: what is asked, all that a person has to know, and the word on the button. */
export interface Confirming {
  readonly message: string;
  readonly detail: string;
  readonly action: string;
}

export interface Dialogs {
  /** Asks for a folder; null when the person cancels or the host has no dialogs. */
  pickFolder(title: string): Promise<string | null>;
  /** Asks where to save a new file, suggesting a name; null when the person cancels or the host has no dialogs. */
  pickNewFile(title: string, name: string): Promise<string | null>;
  /** Asks yes or no in a dialog that no page can answer; null where the host has none. False when the signal ends it. */
  readonly confirm: ((wish: Confirming, signal: AbortSignal) => Promise<boolean>) | null;
  /** Whether these can show anything (false on the web host). */
  readonly canPickFolder: boolean;
}

/** Keys that work from anywhere on the desktop. */
export interface DesktopKeys {
  /** In words: `Ctrl+Shift+G`; null while none are wanted. */
  readonly keys: string | null;
  /** Takes these, as the setting has them, in place of those before; null: none. */
  use(keys: string | null): void;
  /** False while another program has them. */
  isHeld(): boolean;
  /** Calls back when that has changed. */
  onChanged(callback: () => void): Disposable;
}

export interface OpenExternal {
  /** Opens an https address in the person's browser. Anything else is refused with an error. */
  open(address: string): Promise<void>;
}

export interface PowerEvents {
  /** Calls back when the machine suspends or its screen locks. */
  onSuspendOrScreenLock(callback: () => void): Disposable;
}

/** Whether the operating system's keychain can be used; if not, why and what to do, in words. */
export type KeychainState =
  | { readonly state: "available" }
  | { readonly state: "unavailable"; readonly why: string; readonly remedy: string };

/** The operating system's keychain. Every call throws KEYCHAIN_UNAVAILABLE where there is none, and none hangs. */
export interface Keychain {
  state(): Promise<KeychainState>;
  /** The caller's to destroy; null when there is no such entry. */
  get(account: string): Promise<Secret | null>;
  /** Refuses a keychain that would keep the value unencrypted. */
  set(account: string, value: Secret): Promise<void>;
  /** Also when there is no such entry. */
  delete(account: string): Promise<void>;
}

/** A question to an authenticator, in the JSON form of WebAuthn's options. */
export interface PasskeyQuestion {
  readonly kind: "create" | "get";
  readonly options: object;
}

/** Shows a page on http://localhost in a window of its own, where WebAuthn works, for one question. */
export interface PasskeyWindow {
  /** `question` gets the origin of the page. Throws CANCELLED when the person closes the window, PASSKEY_REFUSED when the browser refuses. */
  ask(
    question: (origin: string) => Promise<PasskeyQuestion>,
    signal: AbortSignal,
  ): Promise<{ readonly response: unknown /** 32 bytes, base64url. */; readonly prf: string | null }>;
}

export interface HostPorts {
  readonly host: "electron" | "web" | "cli";
  readonly notifier: Notifier;
  readonly dialogs: Dialogs;
  readonly openExternal: OpenExternal;
  readonly power: PowerEvents;
  /** The system's own unless the host supplies another; null: none at all. */
  readonly keychain?: Keychain | null;
  /** Null or absent where the app's own pages can use passkeys, or nothing can. */
  readonly passkeys?: PasskeyWindow | null;
  /** Opens the next request; null or absent where there are none. */
  readonly nextRequestKeys?: DesktopKeys | null;
}
