import { lazy, Suspense, useState } from "react";
import { useCommands } from "../ui/commands.ts";
import { useKeyListener } from "./use-key-listener.ts";

const ApprovalWindow = lazy(async () => ({ default: (await import("../features/approvals/ApprovalWindow.tsx")).ApprovalWindow }));
const ShortcutSheet = lazy(async () => ({ default: (await import("./ShortcutSheet.tsx")).ShortcutSheet }));

/** The small window: a request without a page around it, and the list of its keys. */
export function RequestAlone({ request }: { readonly request: string }) {
  const [isListing, setListing] = useState(false);
  useKeyListener();
  useCommands(
    [{ id: "app.shortcuts", label: "Keyboard shortcuts", group: "Gatehouse", keys: ["?"], icon: "keyboard", run: () => setListing(true) }],
    "everywhere",
  );
  return (
    <>
      <ApprovalWindow request={request} />
      <Suspense>{isListing && <ShortcutSheet onClose={() => setListing(false)} />}</Suspense>
    </>
  );
}
