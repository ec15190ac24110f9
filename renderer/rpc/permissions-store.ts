import { create } from "zustand";
import type { RequestId, RunId } from "#shared/contract/ids.ts";
import type { PermissionEvent, PersonRequest } from "#shared/contract/permission.ts";
import { riskiestFirst } from "#shared/domain/risk-order.ts";
import type { Client } from "./client.ts";
import { follow } from "./follow.ts";
import { forgetDrafts } from "./form-drafts.ts";
import type { Problem } from "./problem.ts";

export interface PermissionsState {
  readonly loaded: boolean;
  /** Waiting for an answer, in core's order: riskiest first. */
  readonly pending: readonly PersonRequest[];
  /** Answered, expired or withdrawn while this window watched; newest first, 50 at most. */
  readonly settled: readonly PersonRequest[];
  /** Those of the settled that were answered in this window; the others were answered elsewhere. */
  readonly answeredHere: ReadonlySet<RequestId>;
  /** Runs of which all was denied in this window. */
  readonly deniedHere: ReadonlySet<RunId>;
  readonly problem: Problem | null;
}

type Requests = Pick<PermissionsState, "pending" | "settled">;

const empty: PermissionsState = { loaded: false, pending: [], settled: [], answeredHere: new Set(), deniedHere: new Set(), problem: null };
const settledKept = 50;

export const usePermissions = create<PermissionsState>(() => empty);

/** Follows the requests until the signal fires; then forgets them (the vault may be locked). */
export async function followPermissions(client: Client, signal: AbortSignal): Promise<void> {
  const forget = () => {
    usePermissions.setState(empty);
    forgetDrafts();
  };
  signal.addEventListener("abort", forget, { once: true });
  await follow(
    {
      open: (signal) => client.permissions.watch({}, { signal }),
      onEvents: (events) => {
        if (!signal.aborted) usePermissions.setState((held) => ({ loaded: true, problem: null, ...foldPermissions(held, events) }));
      },
      onProblem: (problem) => usePermissions.setState({ problem }),
    },
    signal,
  );
}

/** What `permissions.answer` returned, before the live event of it arrives. */
export function putRequest(request: PersonRequest): void {
  usePermissions.setState((held) => {
    const next = foldPermissions(held, [{ kind: "changed", request }]);
    const kept = next.settled.filter(({ id }) => id === request.id || held.answeredHere.has(id));
    const isWhole = "answer" in request.status && request.status.answer === "deny-run";
    const deniedHere = isWhole ? new Set([...held.deniedHere, request.runId].slice(-settledKept)) : held.deniedHere;
    return { ...next, answeredHere: new Set(kept.map(({ id }) => id)), deniedHere };
  });
}

export function foldPermissions(held: Requests, events: readonly PermissionEvent[]): Requests {
  const { pending, settled } = events.reduce(foldOne, { pending: held.pending, settled: held.settled });
  return { pending: pending === held.pending ? pending : pending.toSorted(riskiestFirst), settled };
}

function foldOne(held: Requests, event: PermissionEvent): Requests {
  if (event.kind === "snapshot") return { pending: event.requests, settled: held.settled };
  const { request } = event;
  if (request.status.status === "pending") {
    const known = held.pending.some((other) => other.id === request.id);
    const pending = known ? held.pending.map((other) => (other.id === request.id ? request : other)) : [...held.pending, request];
    return { pending, settled: held.settled };
  }
  return {
    pending: held.pending.filter((other) => other.id !== request.id),
    settled: [request, ...held.settled.filter((other) => other.id !== request.id)].slice(0, settledKept),
  };
}
