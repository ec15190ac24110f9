import { type RefObject, useRef } from "react";
import { useAppStatus } from "./app-status.ts";
import { useRead } from "./queries.ts";

export interface Proof {
  readonly passphrase: string;
  readonly code: string | null;
}

/** The fields of a proof, which alone hold what is typed into them. */
export interface ProofHandle {
  /** Null where no passphrase was typed. Empties the code: each is taken once. */
  take(): Proof | null;
}

/** What the page has to ask for where its host has no dialogs of the system's own. */
export interface ProofNeed {
  readonly isAsked: boolean;
  readonly hasCodes: boolean;
  readonly fields: RefObject<ProofHandle | null>;
  readonly take: () => Proof | null;
}

export function useProof(isNeeded: boolean): ProofNeed {
  const host = useAppStatus(({ status }) => status?.host ?? null);
  const isAsked = isNeeded && host !== null && host !== "electron";
  const methods = useRead(["unlock"], (client, signal) => client.unlock.methods({}, { signal }), { enabled: isAsked });
  const fields = useRef<ProofHandle>(null);
  return { isAsked, hasCodes: methods.data?.totp === true, fields, take: () => fields.current?.take() ?? null };
}
