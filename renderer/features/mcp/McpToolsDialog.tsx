import type { McpServer, McpTool } from "#shared/contract/mcp.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";

/** What a server offers, whole, beside what was confirmed; the words are the server's. */
export function McpToolsDialog({ server, onClose }: { readonly server: McpServer; readonly onClose: () => void }) {
  const { pin, seen } = server;
  const confirm = useChange((client, hash: string) => client.mcpServers.confirm({ id: server.id, hash }), {
    reloads: [["mcpServers"]],
    onDone: onClose,
  });
  const shown = seen ?? pin;
  if (shown === null) return null;
  const before = new Map(pin?.tools.map((tool) => [tool.name, tool.definition]));
  const gone = (pin?.tools ?? []).filter(({ name }) => !shown.tools.some((tool) => tool.name === name));
  const changeOf = ({ name, definition }: McpTool) =>
    seen === null || pin === null ? null : !before.has(name) ? "new" : before.get(name) === definition ? null : "changed";
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
        {shown.instructions !== "" && (
          <section aria-label="Instructions">
            <h3 className="font-medium">
              Instructions {seen !== null && pin !== null && pin.instructions !== seen.instructions && <Tag meaning="ask">changed</Tag>}
            </h3>
            <p className="soft prose-text">{escapeControls(shown.instructions, { keepLines: true })}</p>
          </section>
        )}
        {shown.tools.map((tool) => (
          <section key={tool.name} aria-label={tool.name}>
            <h3 className="flex items-center gap-2">
              <code className="font-medium">{tool.name}</code>
              {tool.isReadOnly && (
                <Tag meaning="outline" title="By its own word">
                  only reads
                </Tag>
              )}
              {changeOf(tool) !== null && <Tag meaning="ask">{changeOf(tool)}</Tag>}
            </h3>
            <p className="soft prose-text">{escapeControls(tool.description, { keepLines: true })}</p>
            <details open={changeOf(tool) === "changed"}>
              <summary className="small label">All that it says</summary>
              <code className="small block break-all">{escapeControls(tool.definition)}</code>
            </details>
          </section>
        ))}
        {seen !== null && gone.length > 0 && <p className="label">No longer there: {gone.map(({ name }) => name).join(", ")}</p>}
        {confirm.problem !== null && <ErrorNote problem={confirm.problem} />}
      </div>
    </Dialog>
  );
}
