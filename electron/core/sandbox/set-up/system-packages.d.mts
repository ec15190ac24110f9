/** `local`: what the local sandbox needs. `test`: what all suites need, `local` included. */
export type What = "local" | "test";
export type Manager = "apt-get" | "dnf" | "pacman" | "zypper" | "brew";

/** What of a machine bears on installing. */
export interface SystemView {
  readonly platform: NodeJS.Platform;
  readonly manager: Manager | null;
  /** The number of a Debian release; null on anything else. */
  readonly debianVersion: number | null;
  readonly isRoot: boolean;
  readonly hasSudo: boolean;
  readonly hasPkexec: boolean;
  /** Whether somebody could type a password. */
  readonly hasTerminal: boolean;
  readonly listsAreFresh: boolean;
  readonly isInstalled: (name: string) => boolean;
}

export interface Plan {
  readonly missing: readonly string[];
  readonly present: readonly string[];
  /** Program and arguments of each step. */
  readonly commands: readonly (readonly string[])[];
  /** Why it cannot be done, in words; null when it can. */
  readonly problem: string | null;
}

export const packageTable: Readonly<Record<Manager, Readonly<Record<What, readonly string[]>>>>;
export function viewSystem(): SystemView;
export function planSetUp(what: What, system: SystemView): Plan;
export function runPlan(
  plan: Plan,
  options: { readonly onLine: (line: string) => void; readonly signal?: AbortSignal | undefined },
): Promise<void>;
