import type * as z from "zod";
import type { EgressEvent } from "#shared/contract/egress.ts";

/** A task of which nothing has connected yet. */
export function fakeEgress(): z.infer<typeof EgressEvent> {
  const totals = { connections: 0, refused: 0, open: 0, hosts: 0, bytesUp: 0, bytesDown: 0 };
  return { kind: "snapshot", rows: [], totals, way: "none", runId: null };
}
