import { useEffect, useLayoutEffect, useState } from "react";
import { useConnection } from "../../rpc/connection.ts";
import { PromptGuard } from "./answer-guard.ts";

/** The guard of one prompt on one screen, which hears what the window hears; `isTooSoon` says whether an answer to `version` would count. */
export function usePromptGuard(version: string): { readonly isTooSoon: () => boolean; readonly isConnected: boolean } {
  const [guard] = useState(() => new PromptGuard(() => performance.now()));
  const isConnected = useConnection(({ state }) => state === "open");

  useLayoutEffect(() => guard.show(version), [guard, version]);
  useLayoutEffect(() => {
    if (isConnected) guard.comeBack();
  }, [guard, isConnected]);

  useEffect(() => {
    const take = () => guard.takeKeys();
    const see = () => document.visibilityState === "visible" && guard.comeBack();
    const key = () => guard.key();
    const press = () => guard.press();
    // After the click that ends the press.
    const release = () => void setTimeout(() => guard.release());
    window.addEventListener("focus", take);
    document.addEventListener("visibilitychange", see);
    document.addEventListener("keydown", key, true);
    document.addEventListener("pointerdown", press, true);
    document.addEventListener("pointerup", release, true);
    document.addEventListener("pointercancel", release, true);
    return () => {
      window.removeEventListener("focus", take);
      document.removeEventListener("visibilitychange", see);
      document.removeEventListener("keydown", key, true);
      document.removeEventListener("pointerdown", press, true);
      document.removeEventListener("pointerup", release, true);
      document.removeEventListener("pointercancel", release, true);
    };
  }, [guard]);

  return { isTooSoon: () => guard.isTooSoon(version), isConnected };
}
