import { type RefObject, useCallback, useEffect, useEffectEvent, useState } from "react";
import type { Answer, PermissionRequest } from "#shared/contract/permission.ts";
import { useClient } from "../../rpc/client.ts";
import { putRequest } from "../../rpc/permissions-store.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";
import { answerOfKey, fingerprint, type Hold, holdOn, type KeyPress } from "./answer-guard.ts";
import { commandFor } from "../../ui/commands.ts";
import { usePromptGuard } from "./use-prompt-guard.ts";

/** The command that denies all that is marked. */
export const denyMarked = "approvals.deny-marked";

export interface Prompting {
  /** Changes whenever the request changes: a key for what must start afresh. */
  readonly version: string;
  /** The beginning and the end of the command, and of what an edit writes, have been on screen. */
  readonly isRead: boolean;
  readonly read: () => void;
  readonly readEdit: () => void;
  readonly answering: Answer | null;
  readonly isConnected: boolean;
  /** What held the last answer back; null once one was taken or the request has changed. */
  readonly held: Hold;
  readonly problem: Problem | null;
  /** Whether it could be answered so now; why not is told as `held`. */
  readonly mayAnswer: (answer: Answer) => boolean;
  /** Gives the answer unless the guard holds it back. */
  readonly answer: (answer: Answer, rule?: string) => void;
}

/** The state of one prompt on one screen: its guard, its answer under way, what went wrong. */
export function usePrompt(request: PermissionRequest, onAnswered?: (request: PermissionRequest) => void): Prompting {
  const client = useClient();
  const version = fingerprint(request);
  const guard = usePromptGuard(version);
  const [seen, setSeen] = useState("");
  const [seenEdit, setSeenEdit] = useState("");
  const [under, setUnder] = useState<{ readonly version: string; readonly answer: Answer } | null>(null);
  const [failed, setFailed] = useState<{ readonly version: string; readonly problem: Problem } | null>(null);
  const [held, setHeld] = useState<{ readonly version: string; readonly hold: Hold } | null>(null);
  const answering = under?.version === version ? under.answer : null;
  const isRead = seen === version && (request.edit === null || seenEdit === version);

  const give = async (answer: Answer, rule: string | null) => {
    setUnder({ version, answer });
    setFailed(null);
    try {
      const settled = await client.permissions.answer({ id: request.id, nonce: request.nonce, answer, rule });
      putRequest(settled);
      onAnswered?.(settled);
    } catch (error) {
      setFailed({ version, problem: toProblem(error) });
    } finally {
      setUnder(null);
    }
  };

  const mayAnswer = (wish: Answer) => {
    const { isConnected } = guard;
    const isPending = request.status.status === "pending";
    const hold = holdOn(wish, { isTooSoon: guard.isTooSoon(), isPending, isRead, isAnswering: answering !== null, isConnected });
    setHeld({ version, hold });
    return hold === null;
  };

  return {
    version,
    isRead,
    read: useCallback(() => setSeen(version), [version]),
    readEdit: useCallback(() => setSeenEdit(version), [version]),
    answering,
    isConnected: guard.isConnected,
    held: held?.version === version ? held.hold : null,
    problem: failed?.version === version ? failed.problem : null,
    mayAnswer,
    answer: (wish, rule) => {
      if (mayAnswer(wish)) void give(wish, rule ?? null);
    },
  };
}

/**
 * Answers a prompt from the keyboard while it is on screen, ahead of every other shortcut; never while
 * something else (another prompt, a dialog, a menu) lies over it. While requests are marked, their key is theirs.
 */
export function useAnswerKeys(prompt: RefObject<HTMLElement | null>, answer: (answer: Answer) => void, isOn: boolean): void {
  const listen = useEffectEvent((event: KeyboardEvent) => {
    const wish = answerOfKey(pressOf(event));
    if (wish === null || isCovered(prompt.current)) return;
    if (wish === "deny-run" && commandFor(event)?.id === denyMarked) return;
    event.preventDefault();
    event.stopPropagation();
    answer(wish);
  });
  useEffect(() => {
    if (!isOn) return;
    document.addEventListener("keydown", listen, true);
    return () => document.removeEventListener("keydown", listen, true);
  }, [isOn]);
}

/** Whether something lies over the prompt: another prompt, a dialog, a menu. */
export function isCovered(prompt: HTMLElement | null): boolean {
  return [...document.querySelectorAll("[role=dialog], [role=alertdialog], [role=menu]")].some((overlay) => !overlay.contains(prompt));
}

export function pressOf(event: KeyboardEvent): KeyPress {
  const { key, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing, target } = event;
  return { key, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing, inTextField: isTextField(target) };
}

function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role='textbox'], [role='combobox']") !== null;
}
