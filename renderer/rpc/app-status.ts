import { create } from "zustand";
import type { AppStatus } from "#shared/contract/app.ts";
import type { Client } from "./client.ts";
import { follow } from "./follow.ts";

/** Null until core has answered for the first time. */
export const useAppStatus = create<{ readonly status: AppStatus | null }>(() => ({ status: null }));

/** Follows the status until the signal fires. Answers while locked too. */
export function followAppStatus(client: Client, signal: AbortSignal): Promise<void> {
  return follow(
    {
      open: (signal) => client.app.watch({}, { signal }),
      onEvents: (events) => {
        const last = events.at(-1);
        if (last !== undefined) useAppStatus.setState({ status: last });
      },
    },
    signal,
  );
}
