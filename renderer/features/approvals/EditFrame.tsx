import { useEffect, useRef, useState } from "react";
import type { ProposedEdit } from "#shared/contract/permission.ts";
import { DiffView } from "../../ui/diff/DiffView.tsx";
import { whenSeen } from "./when-seen.ts";

/** What an edit would write. `onRead` fires once it is drawn and its beginning and its end have been on screen, as with a command. */
export function EditFrame({ edit, onRead }: { readonly edit: ProposedEdit; readonly onRead: () => void }) {
  const start = useRef<HTMLSpanElement>(null);
  const end = useRef<HTMLSpanElement>(null);
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => (isDrawn ? whenSeen(null, [start.current, end.current], onRead) : undefined), [isDrawn, onRead]);
  return (
    <section className="section">
      <h3>{edit.before === null ? "What it would write, as a new file" : "What it would write"}</h3>
      <div className="prompt-edit">
        <span ref={start} className="command-start" aria-hidden="true" />
        <DiffView path={edit.path} before={edit.before ?? ""} after={edit.after} layout="unified" onDrawn={() => setDrawn(true)} />
        <span ref={end} className="command-end" aria-hidden="true" />
      </div>
    </section>
  );
}
