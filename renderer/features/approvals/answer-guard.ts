import { Answer, type PermissionRequest } from "#shared/contract/permission.ts";

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

/** The key of each answer. That of *always* shows the rule first, and answers nothing yet. */
export const answerKeys = {
  "allow-once": "a",
  "allow-run": "shift+a",
  "allow-hour": "h",
  "allow-repository": "r",
  deny: "d",
  "deny-run": "shift+d",
} as const satisfies Readonly<Record<Answer, string>>;

/** What can be done with a form, and its keys; to send it takes a combination that works while typing. */
export const formKeys = { fields: "a", leave: "l", decline: "d" } as const;

const answers = new Map<string, Answer>(Answer.options.map((answer) => [answerKeys[answer], answer]));

/**
 * Which answer a press stands for, if any. Enter and Space never answer, nor does a held key, nor a press that belongs to a text
 * field or a shortcut.
 */
export function answerOfKey(press: KeyPress): Answer | null {
  const key = letterOf(press);
  return key === null ? null : (answers.get(press.shiftKey ? `shift+${key}` : key) ?? null);
}

/** What a press does with a form; the same presses count as with a request. */
export function formActOfKey(press: KeyPress): keyof typeof formKeys | null {
  const key = press.shiftKey ? null : letterOf(press);
  if (key === formKeys.fields) return "fields";
  if (key === formKeys.leave) return "leave";
  return key === formKeys.decline ? "decline" : null;
}

/** The key of a press that may answer, in lower case. */
function letterOf(press: KeyPress): string | null {
  if (press.repeat || press.isComposing || press.inTextField) return null;
  return press.ctrlKey || press.altKey || press.metaKey ? null : press.key.toLowerCase();
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

/**
 * Keeps answers from a prompt that were meant for something else, whoever times its coming: none counts in the first moments
 * after it was shown or changed, after it came into sight, or, from the keyboard, after its window took the keys from another
 * program. Each that comes too soon makes the wait begin anew, so that hammering gets nobody through. A press of the pointer
 * that began before a change never counts.
 */
export class PromptGuard {
  readonly #now: () => number;
  #version = "";
  #shownAtMs = Number.POSITIVE_INFINITY;
  #tookKeysAtMs = Number.NEGATIVE_INFINITY;
  #hand: "keys" | "pointer" = "keys";
  #isPressed = false;
  #isHeldOver = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The prompt is on the screen as this. */
  show(version: string): void {
    this.#version = version;
    this.#shownAtMs = this.#now();
    this.#isHeldOver = this.#isPressed;
  }

  /** What hid the window, or kept its answers from being sent, has gone. */
  comeBack(): void {
    this.#shownAtMs = this.#now();
  }

  takeKeys(): void {
    this.#tookKeysAtMs = this.#now();
  }

  /** A key went down in the window. */
  key(): void {
    this.#hand = "keys";
  }

  /** A button of the pointer went down in the window. */
  press(): void {
    this.#hand = "pointer";
    this.#isPressed = true;
  }

  /** The pointer is up, and what it clicked on has heard of it. */
  release(): void {
    this.#isPressed = false;
    this.#isHeldOver = false;
  }

  /** Whether an answer to `version` by what was pressed last comes too soon. */
  isTooSoon(version: string): boolean {
    if (version !== this.#version) return true;
    const now = this.#now();
    const since = this.#hand === "keys" ? Math.max(this.#shownAtMs, this.#tookKeysAtMs) : this.#shownAtMs;
    const isTooSoon = this.#isHeldOver || now - since < deadTimeMs;
    if (isTooSoon) this.#shownAtMs = now;
    return isTooSoon;
  }
}

/** Why an answer cannot be given now; null when it can. */
export type Hold = "too-soon" | "unread" | "not-pending" | "answering" | "cut-off" | null;

export interface PromptState {
  readonly isTooSoon: boolean;
  readonly isPending: boolean;
  /** The beginning and the end of what it shows have been on screen. */
  readonly isRead: boolean;
  readonly isAnswering: boolean;
  /** The window reaches core: an answer would not be given later, when nobody thinks of it any more. */
  readonly isConnected: boolean;
}

/** Denying needs no reading; allowing does. */
export function holdOn(answer: Answer, state: PromptState): Hold {
  if (!state.isPending) return "not-pending";
  if (state.isAnswering) return "answering";
  if (!state.isConnected) return "cut-off";
  if (state.isTooSoon) return "too-soon";
  if (!answer.startsWith("deny") && !state.isRead) return "unread";
  return null;
}
