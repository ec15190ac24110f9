/** A rectangle of the desktop, in its own pixels. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const wished = { width: 420, height: 520 } as const;
/** Below this its answers and a line of the command no longer stand beside each other. */
const least = { width: 360, height: 400 } as const;
/** What frame and title take of a display, pixels. */
const frame = { width: 16, height: 48 } as const;

export interface ApprovalPlace extends Area {
  readonly minWidth: number;
  readonly minHeight: number;
}

/** In the middle of what a display has free, and never larger than that: the answers have to be on it. */
export function approvalPlace(free: Area): ApprovalPlace {
  const width = Math.min(wished.width, free.width - frame.width);
  const height = Math.min(wished.height, free.height - frame.height);
  return {
    x: Math.round(free.x + (free.width - width) / 2),
    y: Math.round(free.y + (free.height - height) / 2),
    ...{ width, height, minWidth: Math.min(least.width, width), minHeight: Math.min(least.height, height) },
  };
}
