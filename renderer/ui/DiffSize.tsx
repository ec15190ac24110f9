import { writeNumber } from "./format.ts";

/** Lines added and removed. */
export function DiffSize({ added, removed }: { readonly added: number; readonly removed: number }) {
  return (
    <span className="diffsize" aria-label={`${writeNumber(added)} lines added, ${writeNumber(removed)} removed`}>
      <span className="plus">+{writeNumber(added)}</span>
      <span className="minus">−{writeNumber(removed)}</span>
    </span>
  );
}
