import type { McpCheck, McpCheckStep, McpServer } from "#shared/contract/mcp.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useChange } from "../../rpc/queries.ts";
import { useSteps } from "../../rpc/use-steps.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { driverNames } from "../../ui/driver-names.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { ToolList } from "./ToolList.tsx";

/** Starts a server in a sandbox and shows what came of it; what it offers can be confirmed at once. */
export function McpCheckDialog({ server, onClose }: { readonly server: McpServer; readonly onClose: () => void }) {
  const work = useSteps<McpCheckStep>();
  const queries = useQueryClient();
  const { id } = server;
  const begin = () => work.begin((client, signal) => client.mcpServers.check({ id }, { signal }));
  const beginAtOnce = useEffectEvent(begin);
  useEffect(() => beginAtOnce(), []);
  const check = work.latest?.kind === "done" ? work.latest.check : null;
  useEffect(() => {
    if (check !== null) void queries.invalidateQueries({ queryKey: ["mcpServers"] });
  }, [check, queries]);
  const confirm = useChange((client, hash: string) => client.mcpServers.confirm({ id, hash }), {
    reloads: [["mcpServers"]],
    onDone: onClose,
  });
  const offered = check?.outcome.kind === "answered" && !check.outcome.isConfirmed ? check.outcome.tools : null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Check of ${server.name}`}
      className="w-[640px]"
      foot={
        <>
          <span className="small label flex-1">In a sandbox of its own without network and without any secret.</span>
          {work.isRunning ? (
            <Button onClick={work.cancel}>Cancel</Button>
          ) : (
            <Button look={offered === null ? "primary" : "plain"} onClick={begin}>
              Check again
            </Button>
          )}
          {offered !== null && (
            <Button look="primary" off={confirm.isRunning && "It is being confirmed"} onClick={() => confirm.run(offered.hash)}>
              Confirm these tools
            </Button>
          )}
        </>
      }
    >
      <div className="grid gap-3">
        {work.problem !== null && <ErrorNote problem={work.problem} />}
        {work.isRunning && (
          <p className="soft flex items-center gap-2" role="status">
            <Icon name="half" size={14} className="is-running" />
            <span className="clip">{work.latest?.kind === "line" ? escapeControls(work.latest.text) : "Beginning"}</span>
          </p>
        )}
        {!work.isRunning && check === null && work.problem === null && <p className="soft">The check was stopped.</p>}
        {check !== null && !work.isRunning && <Report check={check} pin={server.pin} />}
        {confirm.problem !== null && <ErrorNote problem={confirm.problem} />}
      </div>
    </Dialog>
  );
}

function Report({ check, pin }: { readonly check: McpCheck; readonly pin: McpServer["pin"] }) {
  const { outcome } = check;
  const time = `${driverNames[check.engine]}, ${(check.durationMs / 1_000).toFixed(1)} s in all`;
  return (
    <>
      {outcome.kind === "failed" ? (
        <>
          <p className="flex items-center gap-2">
            <Tag meaning="weaker">failed</Tag>
            <span className="label small">{time}</span>
          </p>
          <ErrorNote problem={{ code: "AGENT_FAILED", message: escapeControls(outcome.what), remedy: outcome.remedy }} />
        </>
      ) : (
        <p className="flex items-center gap-2">
          <Tag meaning={outcome.isConfirmed ? "allow" : "ask"}>{outcome.isConfirmed ? "as confirmed" : "to be confirmed"}</Tag>
          <span className="label small">
            {outcome.tools.tools.length === 1 ? "1 tool" : `${outcome.tools.tools.length} tools`}
            {check.answerMs !== null && ` after ${check.answerMs} ms`}, MCP {escapeControls(outcome.protocolVersion)}
            {outcome.serverName !== "" && `, calls itself ${escapeControls(`${outcome.serverName} ${outcome.serverVersion}`)}`}; {time}
          </span>
        </p>
      )}
      {check.strayLines > 0 && (
        <p className="small is-ask">
          {check.strayLines === 1 ? "1 line" : `${check.strayLines} lines`} on its standard output {check.strayLines === 1 ? "is" : "are"}{" "}
          no message of MCP; some agents give up on a server that does this.
        </p>
      )}
      {check.stderr !== "" && (
        <details open={outcome.kind === "failed"}>
          <summary className="small label">What it wrote to its standard error, the end of it</summary>
          <pre className="small mono prose-text ">{escapeControls(check.stderr, { keepLines: true })}</pre>
        </details>
      )}
      {outcome.kind === "answered" && <ToolList shown={outcome.tools} before={outcome.isConfirmed ? null : pin} />}
    </>
  );
}
