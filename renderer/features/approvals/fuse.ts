import type { PersonRequest } from "#shared/contract/permission.ts";

/** Under this much time left the countdown turns red, milliseconds. */
const shortMs = 30_000;

export interface FuseState {
  /** Whole seconds left, never below 0. */
  readonly secondsLeft: number;
  /** Share of the waiting time that is left, 0 to 1, in steps of a second. */
  readonly share: number;
  readonly isShort: boolean;
  readonly isOver: boolean;
  /** `4:12`, `1:02:03`. */
  readonly clock: string;
  /** For assistive technology: `4 minutes 12 seconds left`. */
  readonly spoken: string;
}

/**
 * How much of a prompt's time is left at `nowMs`; null where it waits as long as it takes. Steps once a second, so that nothing
 * moves in between.
 */
export function fuseOf({ createdAt, expiresAt }: Pick<PersonRequest, "createdAt" | "expiresAt">, nowMs: number): FuseState | null {
  return expiresAt === null ? null : fuseAt(createdAt, expiresAt, nowMs);
}

export function fuseAt(createdAtMs: number, expiresAtMs: number, nowMs: number): FuseState {
  const leftMs = Math.max(0, expiresAtMs - nowMs);
  const secondsLeft = Math.ceil(leftMs / 1_000);
  const wholeSeconds = Math.max(1, Math.ceil((expiresAtMs - createdAtMs) / 1_000));
  return {
    secondsLeft,
    share: Math.min(1, secondsLeft / wholeSeconds),
    isShort: leftMs < shortMs,
    isOver: leftMs === 0,
    clock: clock(secondsLeft),
    spoken: spoken(secondsLeft),
  };
}

/** `0:24`, `12:04`, `1:02:03`. */
export function clock(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function spoken(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = seconds % 60;
  const parts = [minutes > 0 ? counted(minutes, "minute") : "", rest > 0 || minutes === 0 ? counted(rest, "second") : ""];
  return `${parts.filter((part) => part !== "").join(" ")} left`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
