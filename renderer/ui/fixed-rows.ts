/** Chromium lays out nothing taller than about 33 million pixels, Firefox 17 million. */
const tallestPixels = 16_000_000;

/** Rows of one height, more of them than can be laid out: which are on screen, and where each is drawn. */
export interface FixedRows {
  /** Height of what is scrolled, pixels. */
  readonly height: number;
  readonly first: number;
  /** One after the last. */
  readonly end: number;
  /** Where the top of this row is drawn, from the top of what is scrolled. */
  readonly topOf: (row: number) => number;
}

export interface RowFrame {
  readonly count: number;
  readonly rowHeight: number;
  /** Height of the window onto the rows, pixels. */
  readonly viewport: number;
  readonly scrollTop: number;
  /** Rows drawn beyond each edge. */
  readonly overscan: number;
}

/**
 * Where the rows are taller together than a browser can lay out, scrolling is geared: a pixel of the
 * scroll bar moves the rows by more than one, and the first and the last row are still both reached.
 */
export function fixedRows({ count, rowHeight, viewport, scrollTop, overscan }: RowFrame): FixedRows {
  const wanted = count * rowHeight;
  const height = Math.min(wanted, tallestPixels);
  const gear = gearOf(wanted, height, viewport);
  const at = Math.max(0, Math.min(scrollTop, Math.max(0, height - viewport)));
  const scrolled = at * gear;
  return {
    height,
    first: Math.max(0, Math.floor(scrolled / rowHeight) - overscan),
    end: Math.min(count, Math.ceil((scrolled + viewport) / rowHeight) + overscan),
    topOf: (row) => (gear === 1 ? row * rowHeight : at + row * rowHeight - scrolled),
  };
}

/** Where to scroll to so that a row is on screen, moving no more than is needed; null where it is already. */
export function scrollFor(row: number, { count, rowHeight, viewport, scrollTop }: RowFrame): number | null {
  const wanted = count * rowHeight;
  const height = Math.min(wanted, tallestPixels);
  const gear = gearOf(wanted, height, viewport);
  const scrolled = Math.min(scrollTop, Math.max(0, height - viewport)) * gear;
  const top = row * rowHeight;
  if (top < scrolled) return top / gear;
  if (top + rowHeight > scrolled + viewport) return (top + rowHeight - viewport) / gear;
  return null;
}

function gearOf(wanted: number, height: number, viewport: number): number {
  return wanted <= height || height <= viewport ? 1 : (wanted - viewport) / (height - viewport);
}
