import { Tooltip } from "@base-ui/react/tooltip";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { followAppStatus, useAppStatus } from "../rpc/app-status.ts";
import { type Client, ClientProvider } from "../rpc/client.ts";
import { useConnection } from "../rpc/connection.ts";
import { createQueries } from "../rpc/queries.ts";
import { ConnectionNotice } from "./ConnectionNotice.tsx";
import { ErrorBoundary } from "./ErrorBoundary.tsx";
import { startTheme } from "../ui/theme-choice.ts";
import { beginWelcome } from "./welcoming.ts";

const UnlockScreen = lazy(async () => ({ default: (await import("../features/unlock/UnlockScreen.tsx")).UnlockScreen }));
const WelcomeScreen = lazy(async () => ({ default: (await import("../features/welcome/WelcomeScreen.tsx")).WelcomeScreen }));
const Unlocked = lazy(async () => ({ default: (await import("./Unlocked.tsx")).Unlocked }));

/** Everything: picks the one screen that the lock state allows, and follows it. */
export function App({ client }: { readonly client: Client }) {
  useEffect(() => {
    const stop = new AbortController();
    void followAppStatus(client, stop.signal);
    return () => stop.abort();
  }, [client]);
  useEffect(startTheme, []);
  return (
    <ErrorBoundary>
      <ClientProvider value={client}>
        <Tooltip.Provider>
          <Suspense>
            <Screen />
          </Suspense>
        </Tooltip.Provider>
      </ClientProvider>
    </ErrorBoundary>
  );
}

function Screen() {
  const isRefused = useConnection((connection) => connection.state === "refused");
  const lockState = useAppStatus((app) => app.status?.lock.state);
  const state = isRefused ? undefined : lockState;
  // Queries live and die with the unlocked state, so that nothing read stays behind a locked screen.
  const [queries, setQueries] = useState(createQueries);
  useEffect(() => {
    if (state !== "locked") return;
    queries.clear();
    setQueries(createQueries());
    // oxlint-disable-next-line react/exhaustive-deps
  }, [state]);
  return (
    <QueryClientProvider client={queries}>
      {state === undefined && <ConnectionNotice isFirst />}
      {state === "new" && <WelcomeScreen hasVault={false} onVaultMade={beginWelcome} />}
      {state === "locked" && <UnlockScreen />}
      {state === "unlocked" && <Unlocked />}
    </QueryClientProvider>
  );
}
