import { RouterProvider } from "@tanstack/react-router";
import { lazy, useEffect, useState } from "react";
import { followBoard } from "../rpc/board-store.ts";
import { useClient } from "../rpc/client.ts";
import { followPermissions } from "../rpc/permissions-store.ts";
import { reportPresence } from "../rpc/presence.ts";
import { applyTheme } from "../ui/theme-choice.ts";
import { router } from "./router.ts";
import { endWelcome, isWelcoming } from "./welcoming.ts";
import "./shell.css";

const RequestAlone = lazy(async () => ({ default: (await import("./RequestAlone.tsx")).RequestAlone }));
const WelcomeScreen = lazy(async () => ({ default: (await import("../features/welcome/WelcomeScreen.tsx")).WelcomeScreen }));

/** The unlocked app: its live stores begin and end here. A welcome that was begun is gone on with. */
export function Unlocked() {
  const client = useClient();
  const [welcoming, setWelcoming] = useState(isWelcoming);
  useEffect(() => {
    const stop = new AbortController();
    void followBoard(client, stop.signal);
    void followPermissions(client, stop.signal);
    reportPresence(client, stop.signal);
    void client.settings.get({}, { signal: stop.signal }).then(
      (settings) => applyTheme(settings.theme),
      () => {},
    );
    return () => stop.abort();
  }, [client]);
  const alone = requestAlone(window.location.hash);
  if (alone !== null) return <RequestAlone request={alone} />;
  if (!welcoming) return <RouterProvider router={router} />;
  return (
    <WelcomeScreen
      hasVault
      onDone={(taskId) => {
        endWelcome();
        setWelcoming(false);
        if (taskId === null) void router.navigate({ to: "/" });
        else void router.navigate({ to: "/tasks/$taskId", params: { taskId } });
      }}
    />
  );
}

/** `#/approval/req-…` is the small window that shows one prompt and no page around it. */
function requestAlone(hash: string): string | null {
  return /^#\/approval\/([^/?]+)$/.exec(hash)?.[1] ?? null;
}
