import { type KeyboardEvent, useState } from "react";
import { defaultSettings, type Settings } from "#shared/contract/settings.ts";
import { desktopKeysOf, desktopKeysWords } from "#shared/domain/desktop-keys.ts";
import { useAppStatus } from "../../rpc/app-status.ts";
import { Button } from "../../ui/Button.tsx";
import type { Change } from "./NumberRow.tsx";
import { Row } from "./rows.tsx";

const impossible = "Hold two of Ctrl, Alt and Shift at least, with a letter, a digit or F1 to F12: other programs need the rest.";

/** The keys that open the next request, taken as they are pressed; only where the host has such keys. */
export function NextRequestKeysRow({ settings, onChange }: { readonly settings: Settings; readonly onChange: (change: Change) => void }) {
  const status = useAppStatus(({ status: now }) => now);
  const [isListening, setListening] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (status?.host !== "electron") return null;
  const { nextRequestKeys: keys } = settings;
  const isApple = status.platform === "darwin";
  const choose = (nextRequestKeys: string | null) => {
    setError(null);
    if (nextRequestKeys !== keys) onChange({ nextRequestKeys });
  };
  const listen = (event: KeyboardEvent) => {
    if (["Tab", "Escape", "Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const pressed = desktopKeysOf(event, isApple);
    if (pressed === null) setError(impossible);
    else choose(pressed);
  };
  const isTaken = keys !== null && status.nextRequestKeys?.isHeld === false;
  return (
    <Row
      name="Next request"
      hint="Keys that open the riskiest request that waits, from anywhere on the desktop. To change them, press others in the field."
      error={error}
    >
      <div className="flex flex-wrap items-center justify-end gap-2">
        <span className={`field w-44 ${error === null ? "" : "is-wrong"}`}>
          <input
            aria-label="Next request"
            aria-invalid={error !== null}
            readOnly
            value={keys === null ? "" : desktopKeysWords(keys, isApple)}
            placeholder={isListening ? "press keys" : "none"}
            onFocus={() => setListening(true)}
            onBlur={() => {
              setListening(false);
              setError(null);
            }}
            onKeyDown={listen}
          />
        </span>
        <Button size="small" look="quiet" onClick={() => choose(keys === null ? defaultSettings.nextRequestKeys : null)}>
          {keys === null ? "Use the usual keys" : "Use none"}
        </Button>
      </div>
      <p className="small is-ask" role="status">
        {isTaken && "Another program has these keys, or this desktop lends none. Choose others; until then the tray opens requests."}
      </p>
    </Row>
  );
}
