import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button } from "../../../ui/Button.tsx";
import { CopyButton } from "../../../ui/CopyButton.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";

/** Asks before a link that an agent's output made is opened; only http and https are ever opened. */
export function LinkQuestion({ address, onClose }: { readonly address: string | null; readonly onClose: () => void }) {
  const target = address === null ? null : webAddress(address);
  return (
    <Dialog
      open={address !== null}
      onClose={onClose}
      title={target === null ? "This link cannot be opened" : `Open a page at ${escapeControls(target.host)}?`}
      foot={
        <>
          <CopyButton text={address ?? ""} name="Copy the address" />
          <Button className="push" onClick={onClose}>
            Cancel
          </Button>
          {target !== null && (
            <Button
              onClick={() => {
                window.open(target.href, "_blank", "noopener,noreferrer");
                onClose();
              }}
            >
              Open in the browser
            </Button>
          )}
        </>
      }
    >
      <p className="soft mb-2">
        {target === null
          ? "Gatehouse opens http and https addresses only."
          : "The link stands in the output of a program that the agent ran. The page will see that somebody opened it."}
      </p>
      <p className="link-address">
        <code>{escapeControls(address ?? "")}</code>
      </p>
    </Dialog>
  );
}

function webAddress(address: string): URL | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return url.protocol === "https:" || url.protocol === "http:" ? url : null;
}
