import { UserError } from "../core/kernel/errors.ts";
import type { HostPorts } from "../core/ports.ts";

/** A browser on loopback has no tray, dialogs or power events of ours; the page shows what waits. */
export const webPorts: HostPorts = {
  host: "web",
  notifier: { notify: () => {}, withdraw: () => {} },
  dialogs: { canPickFolder: false, pickFolder: async () => null, pickNewFile: async () => null, confirm: null },
  openExternal: {
    open: async () => {
      throw new UserError("FORBIDDEN", "The web host opens no addresses.", "Copy the address into your browser.");
    },
  },
  power: { onSuspendOrScreenLock: () => ({ [Symbol.dispose]: () => {} }) },
};
