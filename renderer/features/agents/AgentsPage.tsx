import { useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { AgentDetails } from "#shared/contract/agent.ts";
import { OwnAgent } from "#shared/contract/agent-profile.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { AgentDialog, type EditedAgent } from "./AgentDialog.tsx";
import { AgentTable } from "./AgentTable.tsx";
import { CheckDialog } from "./CheckDialog.tsx";

type Open =
  | { readonly kind: "none" }
  | { readonly kind: "form"; readonly edited: EditedAgent }
  | { readonly kind: "check"; readonly id: string; readonly begins: boolean }
  | { readonly kind: "remove" | "acknowledge"; readonly agent: AgentDetails };
const none: Open = { kind: "none" };

/** The agents that tasks can be given to: how each is held, what its last check showed, and a person's own. */
export function AgentsPage() {
  const navigate = useNavigate();
  const agents = useRead(["agents", "details"], (client, signal) => client.agents.details({}, { signal }));
  const [open, setOpen] = useState<Open>(none);
  const [importProblem, setImportProblem] = useState<string | null>(null);
  const picker = useRef<HTMLInputElement>(null);
  const close = () => setOpen(none);
  const remove = useChange((client, id: string) => client.agents.remove({ id }), { reloads: [["agents"]], onDone: close });
  const acknowledge = useChange(
    (client, { agent, accepts }: { readonly agent: AgentDetails; readonly accepts: boolean }) =>
      client.agents.acknowledge({ agentId: agent.id, hash: agent.hash, accepts }),
    { reloads: [["agents"]], onDone: close },
  );
  const take = async (file: File) => {
    const read = file.size > 2_000_000 ? null : await readAgent(file);
    setImportProblem(read === null ? `${file.name} is no agent's profile that can be taken.` : null);
    if (read !== null) setOpen({ kind: "form", edited: { id: null, agent: read } });
  };
  const checked = open.kind === "check" ? agents.data?.find(({ id }) => id === open.id) : undefined;
  return (
    <>
      <div className="toolbar">
        <IconButton icon="left" name="Back to the settings" onClick={() => void navigate({ to: "/settings" })} />
        <h1>Agents</h1>
        <input
          ref={picker}
          type="file"
          accept="application/json,.json"
          hidden
          aria-label="Profile to import"
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            target.value = "";
            if (file !== undefined) void take(file);
          }}
        />
        <Button className="push" onClick={() => picker.current?.click()}>
          Import
        </Button>
        <Button look="primary" icon="plus" onClick={() => setOpen({ kind: "form", edited: { id: null, agent: null } })}>
          Add an agent
        </Button>
      </div>
      <div className="scroll">
        <p className="label p-3">
          Each is made to ask for every call. Those that ship with Gatehouse were tried by its authors; a check tries any of them on this
          computer, in a sandbox without network.
        </p>
        {importProblem !== null && (
          <ErrorNote
            problem={{ code: "INVALID_INPUT", message: importProblem, remedy: "Choose a file that Export wrote." }}
            className="m-3"
          />
        )}
        {agents.problem !== null && (
          <ErrorNote problem={agents.problem} className="m-3" action={{ label: "Try again", run: agents.reload }} />
        )}
        {acknowledge.problem !== null && <ErrorNote problem={acknowledge.problem} className="m-3" />}
        {agents.isLoading && <Loading what="the agents" rows={6} />}
        {agents.data !== undefined && (
          <AgentTable
            agents={agents.data}
            onCheck={({ id, check }) => setOpen({ kind: "check", id, begins: check === null })}
            onEdit={({ id, own }) => setOpen({ kind: "form", edited: { id, agent: own } })}
            onRemove={(agent) => setOpen({ kind: "remove", agent })}
            onAcknowledge={(agent) =>
              agent.acknowledged === null ? setOpen({ kind: "acknowledge", agent }) : acknowledge.run({ agent, accepts: false })
            }
          />
        )}
      </div>
      {open.kind === "form" && <AgentDialog edited={open.edited} onClose={close} />}
      {open.kind === "check" && checked !== undefined && <CheckDialog agent={checked} begins={open.begins} onClose={close} />}
      <Confirm
        open={open.kind === "remove"}
        onClose={close}
        title={`Remove ${open.kind === "remove" ? open.agent.name : "the agent"}?`}
        action="Remove"
        onConfirm={() => open.kind === "remove" && remove.run(open.agent.id)}
        isRunning={remove.isRunning}
      >
        <p>Its profile, its check and what you said of it go. Tasks that were done with it stay.</p>
        {remove.problem !== null && <ErrorNote problem={remove.problem} className="mt-3" />}
      </Confirm>
      <Confirm
        open={open.kind === "acknowledge"}
        onClose={close}
        title={`Let ${open.kind === "acknowledge" ? open.agent.name : "it"} run unasked?`}
        action="It may run unasked: sandbox only"
        onConfirm={() => open.kind === "acknowledge" && acknowledge.run({ agent: open.agent, accepts: true })}
        isRunning={acknowledge.isRunning}
      >
        <p>
          It was never seen to ask before it acts. Its commands and edits would run without a prompt and past your rules; the sandbox and
          the way out alone hold it. This goes on record, and holds until its profile is changed.
        </p>
      </Confirm>
    </>
  );
}

async function readAgent(file: File): Promise<OwnAgent | null> {
  try {
    const read = OwnAgent.safeParse(JSON.parse(await file.text()));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}
