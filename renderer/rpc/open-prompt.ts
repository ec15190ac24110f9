import { create } from "zustand";
import type { RequestId } from "#shared/contract/ids.ts";

/** The request that is shown over whatever page is open; null when none is. */
export const useOpenPrompt = create<{ readonly id: RequestId | null; readonly wasOpened: boolean }>(() => ({ id: null, wasOpened: false }));

/** Shows a request over the page, to be answered there. */
export function openPrompt(id: RequestId): void {
  useOpenPrompt.setState({ id, wasOpened: true });
}

export function closePrompt(): void {
  useOpenPrompt.setState({ id: null });
}
