import type { Answer, PermissionRequest } from "#shared/contract/permission.ts";

/** A prompt that has just appeared or changed takes no answer for this long, milliseconds. */
export const deadTimeMs = 500;

/** What a press on the keyboard says, reduced to what the guard looks at. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
  /** The press went to a field that takes text. */
  readonly inTextField: boolean;
}

/**
 * Which answer a press stands for, if any: A once, Shift+A for this run, D deny. Enter and Space
 * never answer, nor does a held key, nor a press that belongs to a text field or a shortcut.
 */
export function answerOfKey(press: KeyPress): Answer | null {
  if (press.repeat || press.isComposing || press.inTextField) return null;
  if (press.ctrlKey || press.altKey || press.metaKey) return null;
  const key = press.key.toLowerCase();
  if (key === "a") return press.shiftKey ? "allow-run" : "allow-once";
  if (key === "d" && !press.shiftKey) return "deny";
  return null;
}

/** Where a press moves in the inbox: J down, K up. */
export function moveOfKey(press: KeyPress): 1 | -1 | null {
  if (press.isComposing || press.inTextField || press.ctrlKey || press.altKey || press.metaKey || press.shiftKey) return null;
  if (press.key === "j") return 1;
  if (press.key === "k") return -1;
  return null;
}

/** Everything about a request that the person judges; when it differs, the prompt has changed. */
export function fingerprint(request: PermissionRequest): string {
  return JSON.stringify([request.id, request.nonce, request.status.status, request.request, request.verdict, request.edit]);
}

/** Why an answer cannot be given now; null when it can. */
export type Hold = "just-shown" | "unread" | "not-pending" | "answering" | null;

export interface PromptState {
  /** When the prompt was shown or last changed, milliseconds. */
  readonly shownAtMs: number;
  readonly isPending: boolean;
  /** The beginning and the end of the command have been on screen. */
  readonly isRead: boolean;
  readonly isAnswering: boolean;
}

/** Denying needs no reading; allowing does. */
export function holdOn(answer: Answer, state: PromptState, nowMs: number): Hold {
  if (!state.isPending) return "not-pending";
  if (state.isAnswering) return "answering";
  if (nowMs - state.shownAtMs < deadTimeMs) return "just-shown";
  if (!answer.startsWith("deny") && !state.isRead) return "unread";
  return null;
}
