import type { PersonRequest } from "#shared/contract/permission.ts";
import { useNow } from "../../ui/use-now.ts";
import { fuseOf } from "./fuse.ts";

/** The time that is left, as the line on top of a prompt. */
export function Fuse({ request }: { readonly request: PersonRequest }) {
  const fuse = fuseOf(request, useNow());
  const isPending = request.status.status === "pending";
  if (fuse === null) return <div className="fuse" />;
  return (
    <div className={`fuse ${fuse.isShort ? "is-short" : ""}`} role="timer" aria-label={isPending ? fuse.spoken : "over"}>
      {isPending && <i style={{ width: `${fuse.share * 100}%` }} />}
    </div>
  );
}

/** The time that is left, in figures, and what happens `then`. */
export function Timer({ request, then }: { readonly request: PersonRequest; readonly then: string }) {
  const fuse = fuseOf(request, useNow());
  return (
    <div className={`timer ${fuse?.isShort === true ? "is-short" : ""}`}>
      <b>{fuse?.clock ?? "Paused"}</b>
      <span>{fuse === null ? "until you answer" : then}</span>
    </div>
  );
}
