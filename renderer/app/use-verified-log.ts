import { useEffect, useEffectEvent, useState } from "react";
import type { AuditVerification } from "#shared/contract/audit.ts";
import { useClient } from "../rpc/client.ts";
import { useRead } from "../rpc/queries.ts";
import { useLive } from "../rpc/use-live.ts";

/** Shortest time between the end of a proof and the next while the log grows, milliseconds. */
const leastMs = 2_000;
/** A proof reads the whole log: it takes no more than this share of the time. */
const longestShare = 1 / 20;
/** A log that does not grow is proved this often, milliseconds: its file may be changed all the same. */
const idleMs = 300_000;

/** The latest proof of the log, taken anew as it grows. */
export function useVerifiedLog(): AuditVerification | undefined {
  const client = useClient();
  const count = useLive(
    "audit-proof",
    (signal) => client.audit.watch({}, { signal }),
    (_held: number | null, grown) => grown.count,
  ).value;
  const [last, setLast] = useState({ tookMs: 0 });
  const proof = useRead(
    ["audit", "verify"],
    async (caller, signal) => {
      const begun = performance.now();
      const verification = await caller.audit.verify({}, { signal });
      setLast({ tookMs: performance.now() - begun });
      return verification;
    },
    { everyMs: idleMs },
  );
  const reload = useEffectEvent(() => proof.reload());
  const isBehind = proof.data?.result === "intact" && count !== null && count > proof.data.entries;
  useEffect(() => {
    if (!isBehind) return;
    const timer = setTimeout(() => reload(), Math.max(leastMs, last.tookMs / longestShare));
    return () => clearTimeout(timer);
  }, [isBehind, last]);
  return proof.data;
}
