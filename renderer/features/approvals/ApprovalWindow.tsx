import { useState } from "react";
import { RequestId } from "#shared/contract/ids.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { moved, waitingGroups } from "./inbox-groups.ts";
import { AnyPrompt } from "./AnyPrompt.tsx";
import "./approval-window.css";

/** The prompt alone, for the small window that stays on top: 420 by 520, no other page around it. */
export function ApprovalWindow({ request: wished, onOpenApp }: { readonly request: string; readonly onOpenApp?: (id: RequestId) => void }) {
  const { loaded, pending, settled, answeredHere } = usePermissions();
  const parsed = RequestId.safeParse(wished);
  const [id, setId] = useState<RequestId | null>(parsed.success ? parsed.data : null);
  const groups = waitingGroups(pending, []);
  const order = groups.flatMap((group) => group.requests);
  const shown = [...pending, ...settled].find((each) => each.id === id) ?? null;
  // What was answered here gives way to the next; what was settled elsewhere stays until it has been read.
  const gives = shown !== null && shown.status.status !== "pending" && answeredHere.has(shown.id);
  const request = (gives ? order[0] : shown) ?? order[0] ?? shown;
  // Holds on to it: a riskier request that arrives must not take the place of what is being read.
  if (request !== null && request.id !== id) setId(request.id);
  const move = (step: 1 | -1) => setId((held) => moved(groups, held, step));
  const shared = { group: "Approvals", inPalette: false } as const;
  useCommands([
    { ...shared, id: "approvals.next", label: "Next request", keys: ["j"], run: () => move(1) },
    { ...shared, id: "approvals.previous", label: "Previous request", keys: ["k"], run: () => move(-1) },
  ]);
  if (request === null) return loaded ? <EmptyState>Nothing waits for you.</EmptyState> : null;
  const place = order.findIndex((each) => each.id === request.id);
  return (
    <main className="approval-window">
      <header className="window-bar">
        <h1 className="visually-hidden">Request</h1>
        <Icon name="gate" size={14} />
        <span className="num">{place < 0 ? `${order.length} waiting` : `${place + 1} of ${order.length}`}</span>
        {order.length > 1 && (
          <>
            <Kbd keys="j" bare />
            <Kbd keys="k" bare />
          </>
        )}
        {onOpenApp !== undefined && (
          <Button size="small" look="quiet" className="push" onClick={() => onOpenApp(request.id)}>
            Open in Gatehouse
          </Button>
        )}
      </header>
      <AnyPrompt key={request.id} request={request} place="window" focusRef={focus} />
    </main>
  );
}

function focus(command: HTMLElement | null): void {
  command?.focus({ preventScroll: true });
}
