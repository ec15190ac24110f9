/** What a host supplies to core. Each has a real adapter in a host; doubles exist only in tests. */

export interface Notifier {
  /** Shows one native notification; a newer one with the same `tag` replaces it. */
  notify(notification: { readonly tag: string; readonly title: string; readonly body: string; readonly taskId?: string }): void;
}

export interface Dialogs {
  /** Asks for a folder; null when the person cancels or the host has no dialogs. */
  pickFolder(title: string): Promise<string | null>;
  /** Whether {@link Dialogs.pickFolder} can show anything (false on the web host). */
  readonly canPickFolder: boolean;
}

export interface OpenExternal {
  /** Opens an https address in the person's browser. Anything else is refused with an error. */
  open(address: string): Promise<void>;
}

export interface PowerEvents {
  /** Calls back when the machine suspends or its screen locks. */
  onSuspendOrScreenLock(callback: () => void): Disposable;
}

export interface HostPorts {
  readonly host: "electron" | "web" | "cli";
  readonly notifier: Notifier;
  readonly dialogs: Dialogs;
  readonly openExternal: OpenExternal;
  readonly power: PowerEvents;
}
