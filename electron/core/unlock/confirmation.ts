import { createHash } from "node:crypto";
import type { AuditLog } from "../audit/audit-log.ts";
import { UserError } from "../kernel/errors.ts";
import type { Confirming, Dialogs } from "../ports.ts";
import { dialogText } from "./dialog-text.ts";
import type { Proof, Unlock } from "./unlock.ts";

/** What somebody wants to do that reaches outside the sandboxes. */
export interface Confirmable extends Confirming {
  /** Stands for exactly this: what was confirmed once is not asked about again before the vault is locked. */
  readonly exactly: string;
}

/** Who asks for it, with what they typed where the host has no dialogs. */
export interface Asking {
  readonly by: string;
  readonly proof: Proof | null;
}

/** What is remembered; beyond it everything is asked about again. */
const maximumRemembered = 500;

/**
 * A person's word for what a page alone must not do (it is not trusted): from a dialog of the operating system, or, where the
 * host has none, from the passphrase, and a code where codes are on. Both are out of reach of whatever runs in the page.
 */
export class Confirmation implements Disposable {
  readonly #dialogs: Pick<Dialogs, "confirm">;
  readonly #unlock: Pick<Unlock, "change" | "isUnlocked" | "changed">;
  readonly #audit: AuditLog;
  readonly #given = new Set<string>();
  readonly #listening: Disposable;
  #isAsking = false;

  constructor(parts: {
    readonly dialogs: Pick<Dialogs, "confirm">;
    readonly unlock: Pick<Unlock, "change" | "isUnlocked" | "changed">;
    readonly audit: AuditLog;
  }) {
    this.#dialogs = parts.dialogs;
    this.#unlock = parts.unlock;
    this.#audit = parts.audit;
    this.#listening = parts.unlock.changed.on(() => {
      if (!parts.unlock.isUnlocked()) this.#given.clear();
    });
  }

  /** CANCELLED where the person says no, FORBIDDEN without a proof where one is needed; as unlocking for a wrong one. Audited. */
  async require(wish: Confirmable, { by, proof }: Asking, signal: AbortSignal): Promise<void> {
    const key = createHash("sha256").update(wish.exactly).digest("hex");
    if (this.#given.has(key)) return;
    const { confirm } = this.#dialogs;
    const way = confirm === null ? "passphrase" : "dialog";
    const isYes = confirm === null ? await this.#proved(proof, signal) : await this.#askedInDialog(confirm, wish, signal);
    // A yes that comes as the vault is locked, or as its window closes, is nobody's any more.
    const isGiven = isYes && !signal.aborted;
    const detail = { what: wish.message, way, given: isGiven, sha256: key };
    await this.#audit.note({ verb: "person.confirm", actor: { kind: "person", name: by }, detail });
    if (!isGiven || signal.aborted)
      throw new UserError("CANCELLED", "It was not confirmed, so nothing was done.", "Try it again to be asked again.");
    if (this.#given.size >= maximumRemembered) this.#given.clear();
    this.#given.add(key);
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#given.clear();
  }

  async #proved(proof: Proof | null, signal: AbortSignal): Promise<boolean> {
    if (proof === null)
      throw new UserError("FORBIDDEN", "This reaches outside the sandboxes and needs your passphrase.", "Type it beside, then try again.");
    await this.#unlock.change(proof, async () => {}, signal);
    return true;
  }

  async #askedInDialog(confirm: (wish: Confirming, signal: AbortSignal) => Promise<boolean>, wish: Confirmable, signal: AbortSignal) {
    const detail = dialogText(wish.detail);
    if (detail === null)
      throw new UserError(
        "INVALID_INPUT",
        "It is too long to be shown whole before it is confirmed.",
        "Put long commands into script files and name those, and confirm a few at a time.",
      );
    if (this.#isAsking)
      throw new UserError("CONFLICT", "Another question of this kind is open.", "Answer that one first; it may be behind this window.");
    this.#isAsking = true;
    try {
      return await confirm({ message: wish.message, detail, action: wish.action }, signal);
    } finally {
      this.#isAsking = false;
    }
  }
}
