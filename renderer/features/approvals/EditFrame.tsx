import { useEffect, useRef, useState } from "react";
import type { ProposedEdit } from "#shared/contract/permission.ts";
import { DiffView } from "../../ui/diff/DiffView.tsx";
import { hasLongLines } from "../../ui/diff/long-lines.ts";
import { whenSeen } from "./when-seen.ts";

/**
 * What an edit would write. `onRead` fires once it is drawn and its beginning and its end have been on screen, as with a command;
 * where lines are too long to wrap, the right end of the longest too.
 */
export function EditFrame({ edit, onRead }: { readonly edit: ProposedEdit; readonly onRead: () => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const start = useRef<HTMLSpanElement>(null);
  const end = useRef<HTMLSpanElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  const { before, after } = edit;
  const [isWide] = useState(() => hasLongLines(after) || (before !== null && hasLongLines(before)));
  useEffect(() => {
    if (!isDrawn) return;
    let isUnseen = { below: true, right: isWide };
    const saw = (side: "below" | "right") => {
      isUnseen = { ...isUnseen, [side]: false };
      if (!isUnseen.below && !isUnseen.right) onRead();
    };
    const stop = whenSeen(null, [start.current, end.current], () => saw("below"));
    const scroller = isWide ? (frame.current?.querySelector(".cm-scroller") ?? null) : null;
    const look = () => isAtRight(scroller) && saw("right");
    scroller?.addEventListener("scroll", look, { passive: true });
    return () => {
      stop();
      scroller?.removeEventListener("scroll", look);
    };
  }, [isDrawn, isWide, onRead]);
  return (
    <section className="section">
      <h3>{before === null ? "What it would write, as a new file" : "What it would write"}</h3>
      {isWide && <p className="soft small mb-2">It has lines that are too long to wrap: more of it lies to the right.</p>}
      <div ref={frame} className="prompt-edit">
        <span ref={start} className="command-start" aria-hidden="true" />
        <DiffView path={edit.path} before={before ?? ""} after={after} layout="unified" onDrawn={() => setDrawn(true)} />
        <span ref={end} className="command-end" aria-hidden="true" />
      </div>
    </section>
  );
}

function isAtRight(scroller: Element | null): boolean {
  return scroller !== null && scroller.scrollLeft > 0 && scroller.scrollLeft + scroller.clientWidth >= scroller.scrollWidth - 8;
}
