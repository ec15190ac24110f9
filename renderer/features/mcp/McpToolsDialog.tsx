import type { McpServer } from "#shared/contract/mcp.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { ToolList } from "./ToolList.tsx";

/** What a server offers, whole, beside what was confirmed; the words are the server's. */
export function McpToolsDialog({ server, onClose }: { readonly server: McpServer; readonly onClose: () => void }) {
  const { pin, seen } = server;
  const confirm = useChange((client, hash: string) => client.mcpServers.confirm({ id: server.id, hash }), {
    reloads: [["mcpServers"]],
    onDone: onClose,
  });
  const shown = seen ?? pin;
  if (shown === null) return null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={seen === null ? `Tools of ${server.name}` : `Confirm the tools of ${server.name}?`}
      className="w-[640px]"
      foot={
        <>
          <span className="small label mono" title={shown.hash}>
            SHA-256 {shown.hash.slice(0, 16)}…
          </span>
          <Button className="push" onClick={onClose}>
            {seen === null ? "Close" : "Not now"}
          </Button>
          {seen !== null && (
            <Button look="primary" off={confirm.isRunning && "It is being confirmed"} onClick={() => confirm.run(seen.hash)}>
              Confirm
            </Button>
          )}
        </>
      }
    >
      <div className="grid gap-3">
        {seen !== null && <p>This is all that the server tells the model. Until you confirm it, no agent gets the server.</p>}
        <ToolList shown={shown} before={seen === null ? null : pin} />
        {confirm.problem !== null && <ErrorNote problem={confirm.problem} />}
      </div>
    </Dialog>
  );
}
