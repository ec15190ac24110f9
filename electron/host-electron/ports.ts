import { type BrowserWindow, dialog, Notification, powerMonitor, shell } from "electron";
import type { RequestId } from "#shared/contract/ids.ts";
import { UserError } from "../core/kernel/errors.ts";
import type { DesktopKeys, HostPorts, NotificationAnswer } from "../core/ports.ts";
import { dialogText } from "../core/unlock/dialog-text.ts";
import { passkeyWindow } from "./passkey-window.ts";
import { isPressedTooSoon, notificationBody, notificationButtons, pressedAnswer } from "./notification-buttons.ts";

/** Electron's dialogs, notifications, power events and browser, as core's ports. */
export function electronPorts(
  rendererFolder: string,
  window: () => BrowserWindow | null,
  nextRequestKeys: DesktopKeys,
  open: {
    readonly task: (taskId: string) => void;
    readonly request: (id: RequestId) => void;
    readonly answer: (id: RequestId, answer: NotificationAnswer) => void;
  },
): HostPorts {
  const shown = new Map<string, Notification>();
  return {
    host: "electron",
    notifier: {
      notify: ({ tag, title, body, taskId, requestId, answers = [] }) => {
        if (!Notification.isSupported() || window()?.isFocused() === true) return;
        shown.get(tag)?.close();
        const actions = notificationButtons(process.platform, process.versions["electron"] ?? "", answers);
        const notification = new Notification({ title, body: notificationBody(process.platform, body), actions });
        notification.on("click", () => {
          if (requestId !== undefined) open.request(requestId);
          else if (taskId !== undefined) open.task(taskId);
        });
        notification.on("action", (event, index) => {
          const answer = pressedAnswer(answers, event, index);
          if (answer === null || requestId === undefined) return;
          if (isPressedTooSoon(shownAtMs, performance.now())) open.request(requestId);
          else open.answer(requestId, answer);
        });
        notification.on("close", () => {
          if (shown.get(tag) === notification) shown.delete(tag);
        });
        shown.set(tag, notification);
        const shownAtMs = performance.now();
        notification.show();
      },
      withdraw: (tag) => {
        shown.get(tag)?.close();
        shown.delete(tag);
      },
    },
    dialogs: {
      canPickFolder: true,
      pickFolder: async (title) => {
        const parent = window();
        const options = { title, properties: ["openDirectory" as const] };
        const { canceled, filePaths } = await (parent === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(parent, options));
        return canceled ? null : (filePaths[0] ?? null);
      },
      pickNewFile: async (title, name) => {
        const parent = window();
        const options = { title, defaultPath: name, properties: ["showOverwriteConfirmation" as const] };
        const { canceled, filePath } = await (parent === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(parent, options));
        return canceled || filePath === "" ? null : filePath;
      },
      confirm: async ({ message, detail, action }, signal) => {
        const parent = window();
        const question = {
          type: "warning" as const,
          ...{ message, detail, buttons: ["Cancel", action], defaultId: 0, cancelId: 0, noLink: true, signal },
        };
        const { response } = await (parent === null ? dialog.showMessageBox(question) : dialog.showMessageBox(parent, question));
        return response === 1;
      },
    },
    passkeys: passkeyWindow(rendererFolder, window),
    nextRequestKeys,
    openExternal: { open: async (address) => await openExternally(window(), address) },
    power: {
      onSuspendOrScreenLock: (callback) => {
        const listener = () => callback();
        powerMonitor.on("suspend", listener);
        powerMonitor.on("lock-screen", listener);
        return {
          [Symbol.dispose]: () => {
            powerMonitor.off("suspend", listener);
            powerMonitor.off("lock-screen", listener);
          },
        };
      },
    },
  };
}

/** Opens an https address in the person's browser, after asking: an agent may have made the link. */
export async function openExternally(parent: BrowserWindow | null, address: string): Promise<void> {
  let parsed: URL;
  try {
    parsed = new URL(address);
  } catch {
    throw new UserError("INVALID_INPUT", "That is not an address.", "Copy it and check it.");
  }
  if (parsed.protocol !== "https:" || parsed.username !== "" || parsed.password !== "") {
    throw new UserError("FORBIDDEN", "Only https addresses without a password are opened.", "Copy the address if you trust it.");
  }
  const detail = dialogText(parsed.href);
  if (detail === null)
    throw new UserError("FORBIDDEN", "That address is too long to be shown whole before it is opened.", "Copy it if you trust it.");
  const question = {
    type: "question" as const,
    message: parsed.host.length <= 60 ? `Open ${parsed.host} in your browser?` : "Open this address in your browser?",
    detail,
    buttons: ["Cancel", "Open"],
    defaultId: 0,
    cancelId: 0,
  };
  const { response } = await (parent === null ? dialog.showMessageBox(question) : dialog.showMessageBox(parent, question));
  if (response === 1) await shell.openExternal(parsed.href);
}
