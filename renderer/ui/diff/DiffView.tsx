import { useEffect, useEffectEvent, useRef, useState } from "react";
import type { DiffComment, DiffCommenting, DiffInput, OpenDiff } from "./open-diff.ts";

const none: readonly DiffComment[] = [];

/** A difference between two texts. The editor is loaded when the first one is shown. */
export function DiffView({
  path,
  before,
  after,
  layout,
  commenting = null,
  onDrawn,
}: Omit<DiffInput, "commenting"> & { readonly commenting?: DiffCommenting | null; readonly onDrawn?: () => void }) {
  const frame = useRef<HTMLDivElement>(null);
  const shown = useRef<OpenDiff | null>(null);
  const [isFailed, setFailed] = useState(false);
  const canComment = commenting !== null;

  const add = useEffectEvent<DiffCommenting["add"]>((...comment) => commenting?.add(...comment));
  const remove = useEffectEvent<DiffCommenting["remove"]>((id) => commenting?.remove(id));
  const drawn = useEffectEvent(() => onDrawn?.());
  const current = useEffectEvent(() => commenting?.comments ?? none);

  useEffect(() => {
    const parent = frame.current;
    if (parent === null) return;
    let isGone = false;
    const open = async () => {
      const { openDiff } = await import("./open-diff.ts");
      if (isGone) return;
      const made = await openDiff(parent, {
        path,
        before,
        after,
        layout,
        commenting: canComment ? { comments: current(), add, remove } : null,
      });
      if (isGone) return made.close();
      shown.current = made;
      drawn();
    };
    open().catch(() => setFailed(true));
    return () => {
      isGone = true;
      shown.current?.close();
      shown.current = null;
      parent.replaceChildren();
    };
  }, [path, before, after, layout, canComment]);

  const comments = commenting?.comments ?? none;
  useEffect(() => shown.current?.show(comments), [comments]);

  return isFailed ? (
    <p className="empty">The difference could not be drawn. Reload the window and try again.</p>
  ) : (
    <div className="diff-view" ref={frame} />
  );
}
