import { useEffect, useRef, useState } from "react";
import type { PersonRequest } from "#shared/contract/permission.ts";
import type { RequestId } from "#shared/contract/ids.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { usePermissions } from "../rpc/permissions-store.ts";
import { writeCount } from "../ui/format.ts";
import { requestWish } from "../ui/request-words.ts";

/** Tells a screen reader, wherever the person is, that something waits for them; drawn for nobody else. */
export function RequestAnnouncer() {
  const pending = usePermissions((permissions) => permissions.pending);
  const known = useRef<ReadonlySet<RequestId> | null>(null);
  const [words, setWords] = useState("");
  useEffect(() => {
    const before = known.current;
    known.current = new Set(pending.map(({ id }) => id));
    const came = pending.filter(({ id }) => before?.has(id) !== true);
    const [first] = came;
    if (first !== undefined) setWords(announcement(first, came.length, pending.length));
    else if (pending.length === 0) setWords("");
  }, [pending]);
  return (
    <p role="status" className="visually-hidden">
      {words}
    </p>
  );
}

/** Who asks for what; never the request's own text, which is the agent's and may be long. */
function announcement(request: PersonRequest, came: number, waiting: number): string {
  if (came > 1) return `${writeCount(came, "new request")}. ${waiting} wait for you.`;
  const wish = request.kind === "question" ? "asks you something" : `wants to ${requestWish(request.request)}`;
  const others = waiting > 1 ? ` ${waiting} wait for you.` : "";
  return `${escapeControls(request.agentName)} in ${escapeControls(request.repositoryName)} ${wish}.${others}`;
}
