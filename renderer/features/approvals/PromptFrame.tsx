import type { ReactNode, Ref } from "react";
import type { PersonRequest } from "#shared/contract/permission.ts";
import type { Problem } from "../../rpc/problem.ts";
import { writeElapsed } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";
import { Fuse, Timer } from "./Fuse.tsx";
import "./prompt.css";

export type PromptPlace = "page" | "dialog" | "window";

/**
 * What every prompt has, whatever it asks: the time it has left, a heading, what it is about, what stands beside it, what went
 * wrong, and the answers at its foot, which stay in view.
 */
export function PromptFrame({
  request,
  place,
  label,
  title,
  lead,
  then,
  side,
  problem,
  foot,
  frameRef,
  children,
}: {
  readonly request: PersonRequest;
  readonly place: PromptPlace;
  readonly label: "Request" | "Question";
  readonly title: string;
  /** The line below the title. */
  readonly lead: ReactNode;
  /** What happens when its time is over. */
  readonly then: string;
  readonly side: ReactNode;
  readonly problem: Problem | null;
  /** The answers, or how it ended. */
  readonly foot: ReactNode;
  readonly frameRef: Ref<HTMLElement>;
  readonly children: ReactNode;
}) {
  const isPending = request.status.status === "pending";
  return (
    <article ref={frameRef} className={`prompt prompt-${place}`} aria-label={label}>
      <Fuse request={request} />
      <div className="prompt-body">
        <div className="prompt-main">
          <header className="prompt-head">
            <h2>{title}</h2>
            {isPending && <Timer request={request} then={then} />}
            <p>
              {lead}
              {isPending && <Waited since={request.createdAt} />}
            </p>
          </header>
          {children}
        </div>
        {side !== undefined && (
          <aside className="prompt-side" aria-label="Context">
            {side}
          </aside>
        )}
      </div>
      {problem !== null && <ErrorNote problem={problem} className="prompt-problem" />}
      {foot}
    </article>
  );
}

function Waited({ since }: { readonly since: number }) {
  const now = useNow();
  return (
    <span className="prompt-waited">
      {" "}
      Waiting <span className="num">{writeElapsed(now - since)}</span>.
    </span>
  );
}
