import { app, type Session, session, type WebContents } from "electron";
import { isOwnAddress } from "./app-origin.ts";

/**
 * Denies by default what a page could ask of Electron: other addresses, new windows, webviews,
 * permissions, downloads, devices. Must run before the first window exists.
 */
export function guardEverything(onExternalLink: (address: string) => void): void {
  guardSession(session.defaultSession);
  app.on("session-created", guardSession);
  app.on("web-contents-created", (_event, contents) => guardContents(contents, onExternalLink));
}

function guardSession(one: Session): void {
  one.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  one.setPermissionCheckHandler(() => false);
  one.setDevicePermissionHandler(() => false);
  one.on("will-download", (event) => event.preventDefault());
  one.webRequest.onBeforeRequest((details, decide) => {
    const isOwn =
      isOwnAddress(details.url) ||
      details.url.startsWith("devtools:") ||
      details.url.startsWith("data:") ||
      details.url.startsWith("blob:");
    decide({ cancel: !isOwn });
  });
}

function guardContents(contents: WebContents, onExternalLink: (address: string) => void): void {
  contents.on("will-navigate", (event) => onlyOwn(event, event.url));
  contents.on("will-frame-navigate", (event) => onlyOwn(event, event.url));
  contents.on("will-redirect", (event) => onlyOwn(event, event.url));
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    onExternalLink(url);
    return { action: "deny" };
  });
}

function onlyOwn(event: { readonly preventDefault: () => void }, address: string): void {
  if (!isOwnAddress(address)) event.preventDefault();
}
