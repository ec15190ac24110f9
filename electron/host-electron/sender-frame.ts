import { isOwnAddress } from "./app-origin.ts";

/** What the check needs of a frame; a subset of Electron's `WebFrameMain`. */
export interface SenderFrame {
  readonly url: string;
  readonly parent: unknown;
}

/** Only the top frame of one of our own pages may ask for a port. */
export function mayConnect(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && isOwnAddress(frame.url);
}
