import type { ViewerId } from "#shared/contract/ids.ts";
import type { TerminalFrame } from "#shared/contract/terminal.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

/** What a viewer needs of its screen. `write` calls back when the text has been drawn. */
export interface ViewerScreen {
  write(data: string, drawn: () => void): void;
  /** Empties the screen and gives it the session's size; a snapshot follows. */
  reset(columns: number, rows: number): void;
  exited(code: number | null, signal: string | null): void;
}

export interface ViewerFlow {
  readonly receive: (frame: TerminalFrame) => void;
  readonly close: () => void;
}

/**
 * Between a session's frames and one screen: at most one write a drawing step, and every byte
 * received is acknowledged once, after it was drawn or replaced by a snapshot. A viewer that
 * stops drawing stops acknowledging, and core stops sending to it (invariant 8).
 */
export function openViewerFlow(
  screen: ViewerScreen,
  acknowledge: (viewerId: ViewerId, bytes: number) => void,
  nextStep: (draw: () => void) => void,
): ViewerFlow {
  let viewerId: ViewerId | null = null;
  let pending: string[] = [];
  let snapshotSize: { readonly columns: number; readonly rows: number } | null = null;
  let pendingBytes = 0;
  let exit: { readonly code: number | null; readonly signal: string | null } | null = null;
  let isScheduled = false;
  let isDrawing = false;
  let isClosed = false;

  const schedule = () => {
    if (isScheduled || isDrawing || isClosed) return;
    isScheduled = true;
    nextStep(() => {
      isScheduled = false;
      draw();
    });
  };

  const draw = () => {
    if (isClosed) return;
    if (snapshotSize !== null) {
      screen.reset(snapshotSize.columns, snapshotSize.rows);
      snapshotSize = null;
    }
    const data = pending.join("");
    const bytes = pendingBytes;
    const receiver = viewerId;
    pending = [];
    pendingBytes = 0;
    isDrawing = true;
    screen.write(data, () => {
      isDrawing = false;
      if (isClosed) return;
      if (receiver !== null && receiver === viewerId && bytes > 0) acknowledge(receiver, bytes);
      if (hasWork()) schedule();
      else if (exit !== null) {
        screen.exited(exit.code, exit.signal);
        exit = null;
      }
    });
  };

  const hasWork = () => pending.length > 0 || snapshotSize !== null;

  return {
    receive: (frame) => {
      switch (frame.kind) {
        case "attached":
          // Another viewer now: what the former was sent and has not drawn is replaced by a snapshot.
          viewerId = frame.viewerId;
          pending = [];
          pendingBytes = 0;
          return;
        case "snapshot":
          pending = [frame.data];
          snapshotSize = { columns: frame.columns, rows: frame.rows };
          pendingBytes += frame.bytes;
          schedule();
          return;
        case "data":
          pending.push(frame.data);
          pendingBytes += frame.bytes;
          schedule();
          return;
        case "exit":
          exit = { code: frame.code, signal: frame.signal };
          schedule();
          return;
        default:
          assertNever(frame);
      }
    },
    close: () => {
      isClosed = true;
      pending = [];
    },
  };
}
