import { useEffect, useState } from "react";
import { useConnection } from "../rpc/connection.ts";
import { Icon } from "../ui/Icon.tsx";

/** Words for a connection that is not there: in the middle before the first answer, as a strip after. */
export function ConnectionNotice({ isFirst = false }: { readonly isFirst?: boolean }) {
  const state = useConnection((connection) => connection.state);
  const isLate = useLate(isFirst ? 800 : 1_200, state);
  if (!isLate || (!isFirst && state === "open")) return null;
  if (state === "refused") {
    return (
      <main className="grid h-full place-items-center">
        <div role="alert" className="grid max-w-100 gap-1">
          <h1 className="text-title">This window’s session has ended</h1>
          <p className="soft">Open Gatehouse with the address that it prints when it starts; each such address works once.</p>
        </div>
      </main>
    );
  }
  const words = state === "lost" ? "The connection to Gatehouse was lost. Connecting again…" : "Connecting to Gatehouse…";
  if (!isFirst) {
    return (
      <p role="status" className="flex items-center gap-2 border-b border-line bg-ask-tint px-3 py-1 text-small text-ask">
        <Icon name="offline" size={14} />
        {words} What is shown may be out of date.
      </p>
    );
  }
  return (
    <main className="grid h-full place-items-center">
      <p role="status" className="soft flex items-center gap-2">
        <Icon name="gate" />
        {words}
      </p>
    </main>
  );
}

function useLate(delayMs: number, key: string): boolean {
  const [lateFor, setLateFor] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setLateFor(key), delayMs);
    return () => clearTimeout(timer);
  }, [delayMs, key]);
  return lateFor === key;
}
