import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useClient } from "./client.ts";
import { follow } from "./follow.ts";

/** Reads everything about rules anew whenever others may hold: changed in another window, by an answer, or in a repository. */
export function useWatchedRules(): void {
  const client = useClient();
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void follow(
      {
        open: (signal) => client.policy.watch({}, { signal }),
        onEvents: (events) => {
          if (events.some(({ kind }) => kind === "changed")) void queries.invalidateQueries({ queryKey: ["policy"] });
        },
      },
      stop.signal,
    );
    // The person changes files outside of Gatehouse, and comes back.
    const look = () => void queries.invalidateQueries({ queryKey: ["policy", "file"] });
    window.addEventListener("focus", look);
    return () => {
      stop.abort();
      window.removeEventListener("focus", look);
    };
  }, [client, queries]);
}
