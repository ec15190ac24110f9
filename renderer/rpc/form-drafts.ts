import { create } from "zustand";
import type { RequestId } from "#shared/contract/ids.ts";
import type { QuestionValue } from "#shared/contract/question.ts";

/** What stands in a form, by the names of its fields. */
export type FormValues = Readonly<Record<string, QuestionValue>>;

/** What was typed into forms that wait, so that it is still there wherever the form is opened next. Forgotten with the lock. */
export const useDrafts = create<ReadonlyMap<RequestId, FormValues>>(() => new Map());

/** `values`: null once the form is sent or gone. */
export function putDraft(id: RequestId, values: FormValues | null): void {
  const drafts = new Map(useDrafts.getState());
  if (values === null) drafts.delete(id);
  else drafts.set(id, values);
  useDrafts.setState(drafts, true);
}

export function forgetDrafts(): void {
  useDrafts.setState(new Map(), true);
}
