import type { ReactNode } from "react";
import { Button } from "./Button.tsx";

/** The foot of a dialog that does one thing or nothing. `off`: why it cannot be done now, in words; false where it can. */
export function DialogFoot({
  note,
  action,
  look = "primary",
  off,
  onAction,
  onClose,
}: {
  readonly note?: ReactNode;
  readonly action: string;
  readonly look?: "primary" | "plain" | "deny";
  readonly off: string | false;
  readonly onAction: () => void;
  readonly onClose: () => void;
}) {
  return (
    <>
      {note}
      <Button className="push" onClick={onClose}>
        Cancel
      </Button>
      <Button look={look} off={off} onClick={onAction}>
        {action}
      </Button>
    </>
  );
}
