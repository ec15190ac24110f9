import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { Dialog as Base } from "@base-ui/react/dialog";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { closePrompt, useOpenPrompt } from "../../rpc/open-prompt.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { IconButton } from "../../ui/Button.tsx";
import { AnyPrompt } from "./AnyPrompt.tsx";
import "./approval-dialog.css";

/** The open request over whatever page is there: the same prompt as in the inbox. */
export function ApprovalDialog() {
  const id = useOpenPrompt((open) => open.id);
  const request = usePermissions(({ pending, settled }) => [...pending, ...settled].find((each) => each.id === id) ?? null);
  const held = useHeld(request);
  const frame = useRef<HTMLElement>(null);
  const isOpen = id !== null && request !== null;
  return (
    <Base.Root open={isOpen} onOpenChange={(next) => !next && closePrompt()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className="dialog dialog-prompt" initialFocus={frame}>
          {held !== null && (
            <>
              <header className="dialog-head">
                <Base.Title>
                  <Link to="/tasks/$taskId" params={{ taskId: held.taskId }} onClick={closePrompt}>
                    {held.taskTitle}
                  </Link>
                </Base.Title>
                <Base.Close render={<IconButton icon="close" name="Close, answer later" keys="escape" className="push" />} />
              </header>
              <div className="dialog-body">
                <AnyPrompt request={held} place="dialog" focusRef={frame} onAnswered={closePrompt} />
              </div>
            </>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Keeps the last request while the dialog closes, so that it does not go blank on its way out. */
function useHeld(request: PersonRequest | null): PersonRequest | null {
  const [held, setHeld] = useState(request);
  if (request !== null && held !== request) setHeld(request);
  return request ?? held;
}
