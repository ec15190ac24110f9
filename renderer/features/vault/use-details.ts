import { useState } from "react";
import { type SecretDetails, type SecretKind, type SecretScope, type SecretSummary, usualBindings } from "#shared/contract/vault.ts";
import { type BindingDraft, draftsOf, readBindings } from "./bindings-draft.ts";

/** What a secret is and what it may be used for, as it is typed. */
export interface DetailsDraft {
  readonly kind: SecretKind;
  readonly note: string;
  readonly scopes: readonly SecretScope[];
  readonly bindings: readonly BindingDraft[];
  /** `2026-12-31` or empty: it holds to the end of that day here. */
  readonly expires: string;
}

export function useDetails(secret: SecretSummary | null) {
  const [draft, setDraft] = useState<DetailsDraft>(() => draftOf(secret));
  const [problem, setProblem] = useState<{ readonly at: number; readonly words: string } | null>(null);
  const change = (part: Partial<DetailsDraft>) => setDraft((before) => ({ ...before, ...part }));
  /** Another kind brings its usual destinations, unless the person has changed them. */
  const setKind = (kind: SecretKind) =>
    setDraft((before) => {
      const isUsual = JSON.stringify(before.bindings) === JSON.stringify(draftsOf(usualBindings[before.kind]));
      return { ...before, kind, bindings: isUsual ? draftsOf(usualBindings[kind]) : before.bindings };
    });
  const read = (): { readonly note: string; readonly details: SecretDetails } | null => {
    const { bindings, problem: wrong } = readBindings(draft.bindings);
    setProblem(wrong);
    if (bindings === null) return null;
    const expiresAt = draft.expires === "" ? null : new Date(`${draft.expires}T23:59:59.999`).getTime();
    return { note: draft.note.trim(), details: { kind: draft.kind, scopes: [...draft.scopes], bindings, expiresAt } };
  };
  return { draft, change, setKind, problem, read };
}

function draftOf(secret: SecretSummary | null): DetailsDraft {
  if (secret === null) return { kind: "generic", note: "", scopes: [], bindings: [], expires: "" };
  const { kind, note, scopes, bindings, expiresAt } = secret;
  return { kind, note, scopes, bindings: draftsOf(bindings), expires: expiresAt === null ? "" : dayOf(expiresAt) };
}

/** The day here, as a date field has it. */
function dayOf(at: number): string {
  const date = new Date(at);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
