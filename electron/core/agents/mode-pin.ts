import { oneLine } from "./hostile-text.ts";
import type { ConfigOption } from "./session-update.ts";

export interface OfferedModes {
  readonly modes: { readonly currentModeId: string; readonly availableModes: readonly { readonly id: string }[] } | null;
  readonly configOptions: readonly ConfigOption[];
}

/** What has to be asked of the agent so that it works in the pinned mode. */
export type PinStep =
  | { readonly kind: "none" }
  | { readonly kind: "set-mode"; readonly modeId: string }
  | { readonly kind: "set-option"; readonly configId: string; readonly value: string }
  | { readonly kind: "impossible"; readonly why: string };

/** The mode a session is held to. Any other mode that the agent reports later is a drift. */
export class ModePin {
  /** Pinned values by where they are reported: `null` is the session's mode, else the id of a config option. */
  #pinned: Map<string | null, unknown> | null = null;
  /** What was reported before the session was held, latest last. */
  #reported = new Map<string | null, unknown>();

  /** What to do to get to `wanted`; with null the mode that the agent started in is the one to keep. */
  plan(wanted: string | null, offered: OfferedModes): PinStep {
    if (wanted === null) return { kind: "none" };
    const { modes, configOptions } = offered;
    const current = this.#reported.get(null) ?? modes?.currentModeId;
    if (modes !== null && modes.availableModes.some((mode) => mode.id === wanted)) {
      return current === wanted ? { kind: "none" } : { kind: "set-mode", modeId: wanted };
    }
    const option = configOptions.find((candidate) => candidate.category === "mode");
    if (option === undefined) return { kind: "impossible", why: `it does not offer the mode "${wanted}"` };
    const value = this.#reported.get(option.id) ?? option.currentValue;
    return value === wanted ? { kind: "none" } : { kind: "set-option", configId: option.id, value: wanted };
  }

  /** Call between `plan` and its step: reports from before count no more. */
  expect(): void {
    this.#reported.clear();
  }

  /** Holds the session to what is in force now. Words for a drift that has happened already, else null. */
  hold(wanted: string | null, offered: OfferedModes): string | null {
    const pinned = new Map<string | null, unknown>();
    if (offered.modes !== null) pinned.set(null, wanted ?? offered.modes.currentModeId);
    for (const option of offered.configOptions) {
      if (option.category === "mode") pinned.set(option.id, wanted ?? option.currentValue);
    }
    this.#pinned = pinned;
    return [...this.#reported].map(([where, value]) => this.#reportedValue(where, value)).find((words) => words !== null) ?? null;
  }

  /** Words for a drift; null when the mode is the pinned one, or none is pinned yet. */
  driftTo(modeId: string): string | null {
    return this.#reportedValue(null, modeId);
  }

  driftOfOptions(options: readonly ConfigOption[]): string | null {
    const drifts = options
      .filter(({ category }) => category === "mode")
      .map(({ id, currentValue }) => this.#reportedValue(id, currentValue));
    return drifts.find((words) => words !== null) ?? null;
  }

  #reportedValue(where: string | null, value: unknown): string | null {
    if (this.#pinned === null) {
      this.#reported.set(where, value);
      return null;
    }
    if (!this.#pinned.has(where)) return `it reports the mode ${quoted(value)} where it offered none`;
    const pinned = this.#pinned.get(where);
    return pinned === value ? null : `it went from the mode ${quoted(pinned)} to ${quoted(value)}`;
  }
}

function quoted(value: unknown): string {
  return `"${oneLine(typeof value === "string" ? value : JSON.stringify(value), 60)}"`;
}
