import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { McpServer, McpSource } from "#shared/contract/mcp.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { McpCheckDialog } from "./McpCheckDialog.tsx";
import { McpServerDialog } from "./McpServerDialog.tsx";
import { McpToolsDialog } from "./McpToolsDialog.tsx";

type Open = { readonly kind: "none" | "new" } | { readonly kind: "edit" | "tools" | "check" | "remove"; readonly server: McpServer };
const none: Open = { kind: "none" };

/** The MCP servers that agents get, and whether a person knows what they offer. */
export function McpPage() {
  const navigate = useNavigate();
  const servers = useRead(["mcpServers"], (client, signal) => client.mcpServers.list({}, { signal }));
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const [open, setOpen] = useState<Open>(none);
  const add = useRef<HTMLButtonElement>(null);
  const isRemoved = useRef(false);
  const close = () => setOpen(none);
  const remove = useChange((client, id: McpServer["id"]) => client.mcpServers.remove({ id }), {
    reloads: [["mcpServers"]],
    onDone: () => {
      isRemoved.current = true;
      close();
    },
  });
  /** What opened the question goes with the server's row. */
  const nextFocus = () => {
    const next = isRemoved.current ? add.current : null;
    isRemoved.current = false;
    return next ?? true;
  };
  const nameOf = (id: string) => repositories.data?.find((one) => one.id === id)?.name ?? "a removed repository";
  return (
    <>
      <div className="toolbar">
        <IconButton icon="left" name="Back to the settings" onClick={() => void navigate({ to: "/settings" })} />
        <h1>MCP servers</h1>
        <Button ref={add} look="primary" icon="plus" className="push" onClick={() => setOpen({ kind: "new" })}>
          Add a server
        </Button>
      </div>
      <div className="scroll">
        <p className="label p-3">
          Packages and programs run in the agent's own sandbox, packages exactly as you confirmed them; those with an address are reached
          through the gateway. Each is asked for its tools before every run; new or changed ones have to be confirmed. Every call is decided
          by your rules: <code>mcp(server.tool)</code>.
        </p>
        {servers.problem !== null && <ErrorNote problem={servers.problem} className="m-3" />}
        {servers.isLoading && <Loading what="the servers" rows={3} />}
        {servers.data?.length === 0 && <p className="label p-3">There are none yet.</p>}
        {servers.data !== undefined && servers.data.length > 0 && (
          <Table
            name="MCP servers"
            columns={[
              { title: "Name", width: "14%" },
              { title: "Package, command or address" },
              { title: "For", width: "18%" },
              { title: "Tools", width: "160px" },
              { title: "", width: "280px", end: true },
            ]}
          >
            {servers.data.map((server) => (
              <tr key={server.id}>
                <td>
                  <span className="font-medium">{server.name}</span> {!server.isEnabled && <Tag meaning="outline">off</Tag>}
                </td>
                <td title={wordsOf(server.source)}>
                  <code>{wordsOf(server.source)}</code>
                </td>
                <td>
                  {server.repositoryIds.length === 0 && !server.mayBeNamed && <span className="label">nobody</span>}
                  {escapeControls(server.repositoryIds.map(nameOf).join(", "))}{" "}
                  {server.mayBeNamed && (
                    <Tag meaning="outline" title="Repositories whose adopted gatehouse.jsonc names it get it too">
                      who names it
                    </Tag>
                  )}
                </td>
                <td>
                  <Standing server={server} />
                </td>
                <td className="end">
                  {(server.pin !== null || server.seen !== null) && (
                    <Button
                      size="small"
                      look="quiet"
                      aria-label={`${server.seen === null ? "Tools" : "Look at the tools"} of ${server.name}`}
                      onClick={() => setOpen({ kind: "tools", server })}
                    >
                      {server.seen === null ? "Tools" : "Look"}
                    </Button>
                  )}
                  {server.source.kind !== "http" && (
                    <Button
                      size="small"
                      look="quiet"
                      aria-label={`Check ${server.name}`}
                      onClick={() => setOpen({ kind: "check", server })}
                    >
                      Check
                    </Button>
                  )}
                  <Button size="small" look="quiet" aria-label={`Change ${server.name}`} onClick={() => setOpen({ kind: "edit", server })}>
                    Change
                  </Button>
                  <Button
                    size="small"
                    look="quiet"
                    aria-label={`Remove ${server.name}`}
                    onClick={() => setOpen({ kind: "remove", server })}
                  >
                    Remove
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </div>
      {open.kind === "new" && <McpServerDialog edited={null} repositories={repositories.data ?? []} onClose={close} />}
      {open.kind === "edit" && <McpServerDialog edited={open.server} repositories={repositories.data ?? []} onClose={close} />}
      {open.kind === "check" && <McpCheckDialog server={open.server} onClose={close} />}
      {open.kind === "tools" && <McpToolsDialog server={open.server} onClose={close} />}
      <Confirm
        open={open.kind === "remove"}
        onClose={close}
        title={`Remove ${open.kind === "remove" ? open.server.name : "the server"}?`}
        action="Remove"
        onConfirm={() => open.kind === "remove" && remove.run(open.server.id)}
        isRunning={remove.isRunning}
        finalFocus={nextFocus}
      >
        <p>Agents that run now keep it until they end. Rules that name it stay.</p>
        {remove.problem !== null && <ErrorNote problem={remove.problem} className="mt-3" />}
      </Confirm>
    </>
  );
}

function wordsOf(source: McpSource): string {
  switch (source.kind) {
    case "package":
      return escapeControls([`${source.package}@${source.version}`, ...source.arguments].join(" "));
    case "program":
      return escapeControls(source.command.join(" "));
    case "http":
      return escapeControls(source.url);
    default:
      return assertNever(source);
  }
}

function Standing({ server: { pin, seen } }: { readonly server: McpServer }) {
  if (seen !== null) return <Tag meaning="ask">{pin === null ? "not confirmed" : "changed"}</Tag>;
  if (pin === null) return <span className="label">asked at the next run</span>;
  return <Tag meaning="allow">{pin.tools.length === 1 ? "1 confirmed" : `${pin.tools.length} confirmed`}</Tag>;
}
