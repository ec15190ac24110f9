import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { AgentSummary } from "#shared/contract/agent.ts";
import type { Mode } from "#shared/contract/policy.ts";
import { OptionRole } from "#shared/contract/task-choice.ts";
import { NewTask, RunLimits, type Task, type TaskInterface } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { modes, modeWords } from "#shared/domain/mode-words.ts";
import { putTask, useBoard } from "../../rpc/board-store.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field, Labelled, TextArea } from "../../ui/Field.tsx";
import { LimitFields } from "../../ui/RunLimitFields.tsx";
import { Select } from "../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { AgentKeyField } from "./AgentKeyField.tsx";
import { hintOf } from "./agent-hint.ts";
import { ChoiceMenus } from "./ChoiceMenus.tsx";
import { type ChoiceMenu, choiceMenu, chosenOf, lastChoices as lastChosen } from "./choices.ts";
import { makeTasks, type Wish } from "./make-tasks.ts";
import { type Rival, RivalAgents, rivalTasks } from "./RivalAgents.tsx";
import { HostsField, hostsOf } from "./HostsField.tsx";
import { InterfaceField } from "./InterfaceField.tsx";
import { UnattendedField } from "./UnattendedField.tsx";
import { useAgentKeys } from "./use-agent-keys.ts";
import { whatHoldsIt } from "./what-holds-it.ts";

export interface NewTaskDialogProps {
  readonly onClose: () => void;
  readonly onAddRepository: () => void;
  readonly onCreated: (task: Task, isStarted: boolean) => void;
}

export function NewTaskDialog({ onClose, onAddRepository, onCreated }: NewTaskDialogProps) {
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const agents = useRead(["agents"], (client, signal) => client.agents.list({}, { signal }));
  const problem = repositories.problem ?? agents.problem;
  if (repositories.data !== undefined && agents.data !== undefined && repositories.data.length > 0) {
    return <NewTaskForm repositories={repositories.data} agents={agents.data} onClose={onClose} onCreated={onCreated} />;
  }
  return (
    <Dialog open onClose={onClose} title="New task">
      {problem !== null && <ErrorNote problem={problem} />}
      {problem === null && repositories.data?.length === 0 ? (
        <EmptyState
          action={
            <Button size="small" look="primary" icon="folder" onClick={onAddRepository}>
              Add a repository
            </Button>
          }
        >
          A task works on a repository, and there is none yet.
        </EmptyState>
      ) : (
        problem === null && <Loading what="repositories and agents" rows={5} />
      )}
    </Dialog>
  );
}

/** The choices of the last task, for the next one. */
const lastKey = "gatehouse.last-task";

/** Before anything was chosen: the agent that needs no key and no network. */
function firstAgent<A extends { readonly id: string }>(agents: readonly A[]): A | undefined {
  return agents.find(({ id }) => id === "practice") ?? agents[0];
}

function lastChoices(): { readonly repositoryId?: string; readonly agentId?: string } {
  const kept = new URLSearchParams(sessionStorage.getItem(lastKey) ?? "");
  const repositoryId = kept.get("repository");
  const agentId = kept.get("agent");
  return { ...(repositoryId === null ? {} : { repositoryId }), ...(agentId === null ? {} : { agentId }) };
}

/** Stands for no choice of branch; no branch can be called this. */
const usual = "..";

type Fields = "title" | "prompt" | "baseBranch" | "limits" | "hosts";

function NewTaskForm({
  repositories,
  agents,
  onClose,
  onCreated,
}: Pick<NewTaskDialogProps, "onClose" | "onCreated"> & {
  readonly repositories: readonly { readonly id: string; readonly name: string; readonly defaultBranch: string | null }[];
  readonly agents: readonly AgentSummary[];
}) {
  const last = lastChoices();
  const [title, setTitle] = useState("");
  const [prompt, setPrompt] = useState("");
  const [repositoryId, setRepositoryId] = useState(
    repositories.find((each) => each.id === last.repositoryId)?.id ?? repositories[0]?.id ?? "",
  );
  const [chosenAgent, setAgentId] = useState<string | null>(null);
  const [wishedInterface, setInterface] = useState<TaskInterface>("chat");
  const [mode, setMode] = useState<Mode>("auto");
  const [wishedUnattended, setUnattended] = useState<boolean | null>(null);
  const [baseBranch, setBaseBranch] = useState<string | null>(null);
  const [chosenLimits, setLimits] = useState<RunLimits | null>(null);
  const [hosts, setHosts] = useState("");
  const [errors, setErrors] = useState<Partial<Record<Fields, string>>>({});
  const titleField = useRef<HTMLInputElement>(null);
  const branches = useRead(
    ["repositories", repositoryId, "branches"],
    (client, signal) => client.repositories.branches({ id: repositoryId }, { signal }),
    {
      enabled: repositoryId !== "",
    },
  );
  const settings = useRead(
    ["repositories", repositoryId, "settings"],
    (client, signal) => client.repositorySettings.file({ repositoryId }, { signal }),
    { enabled: repositoryId !== "" },
  );
  const wished = settings.data?.settings ?? null;
  const agentId = (agents.find(({ id }) => id === (chosenAgent ?? wished?.agent ?? last.agentId)) ?? firstAgent(agents))?.id ?? "";
  const limits = chosenLimits ?? RunLimits.parse(wished?.limits ?? {});
  const isUnattended = wishedUnattended ?? (settings.data?.isAdopted === true && wished?.unattended === true);
  const repository = repositories.find((each) => each.id === repositoryId);
  const agent = agents.find((each) => each.id === agentId);
  const shownInterface = agent === undefined || agent.terminal === "none" ? "chat" : wishedInterface;
  const keys = useAgentKeys(repositoryId);
  const [rivals, setRivals] = useState<readonly Rival[]>([]);
  const all = agents.filter(({ id }) => id === agentId || rivals.some((rival) => rival.agentId === id));
  // What an agent offers becomes known while it runs, and nobody tells this window.
  const offers = useRead(["agents", "offers"], (client, signal) => client.agents.offers({}, { signal }), { freshMs: 0 });
  const options = offers.data?.find((offer) => offer.agentId === agentId)?.options ?? null;
  const [chosen, setChosen] = useState<Readonly<Record<string, Partial<Record<OptionRole, string>>>>>({});
  const isWishFor = wished?.agent === undefined || wished.agent === agentId;
  const [lastOf] = useState(() => [...useBoard.getState().tasks.values()]);
  const menus = OptionRole.options.flatMap((role): ChoiceMenu[] => {
    const from = { options, wished: isWishFor ? { model: wished?.model, effort: wished?.effort } : {}, chosen: chosen[agentId] ?? {} };
    const menu = choiceMenu(role, { ...from, last: lastChosen(lastOf, { repositoryId, agentId }) });
    return menu === null ? [] : [menu];
  });
  const create = useChange(async (client, { task, isStart }: Pick<Wish, "task" | "isStart">) => {
    await keys.store(client, all);
    const made = await makeTasks(client, { task, by: rivalTasks(rivals), isStart });
    made.forEach(putTask);
    sessionStorage.setItem(lastKey, new URLSearchParams({ repository: repositoryId, agent: agentId }).toString());
    const [first] = made;
    if (first !== undefined) onCreated(first, isStart);
    onClose();
  });
  const submit = (isStart: boolean) => {
    if (create.isRunning || !keys.areWell(all, isStart)) return;
    const how = {
      mode,
      isUnattended,
      interface: shownInterface,
      hosts: hostsOf(hosts),
      choices: shownInterface === "chat" ? chosenOf(menus) : [],
    };
    const named = title.trim() === "" ? titleOf(prompt) : title;
    const read = NewTask.safeParse({ title: named, prompt, repositoryId, baseBranch, agentId, limits, ...how });
    if (read.success) return create.run({ task: read.data, isStart });
    const found: Partial<Record<Fields, string>> = {};
    for (const issue of read.error.issues) {
      const [field] = issue.path;
      if (field === "title" || field === "prompt" || field === "baseBranch" || field === "limits" || field === "hosts")
        found[field] ??= issue.message;
    }
    setErrors(found);
  };
  useCommands([
    {
      id: "task.create",
      label: "Start the new task",
      group: "New task",
      keys: ["mod+enter"],
      inPalette: false,
      inOverlay: true,
      run: () => submit(true),
    },
  ]);
  const off = create.isRunning ? "It is being made" : false;
  const startOff = off === false && all.some((each) => each.needsAcknowledgement) ? "It was never seen to ask before it acts" : off;
  return (
    <Dialog
      open
      onClose={onClose}
      title="New task"
      initialFocus={titleField}
      foot={
        <>
          <span className="small label flex-1">{whatHoldsIt(agent, shownInterface)}</span>
          <Button onClick={() => submit(false)} off={off}>
            Put in the backlog
          </Button>
          <Button look="primary" keys="mod+enter" onClick={() => submit(true)} off={startOff}>
            Start
          </Button>
        </>
      }
    >
      <form className="grid gap-3" onSubmit={(event) => event.preventDefault()}>
        <Field
          ref={titleField}
          label="Title"
          placeholder="The first line of what it should do"
          value={title}
          error={errors.title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextArea
          label="What the agent should do"
          placeholder="What is wrong or wanted, how you will know that it is done, what to leave alone."
          rows={6}
          value={prompt}
          error={errors.prompt}
          onChange={(event) => setPrompt(event.target.value)}
        />
        <div className="grid grid-cols-2 gap-3">
          <Labelled label="Repository">
            {(id) => (
              <Select
                id={id}
                value={repositoryId}
                options={repositories.map((each) => ({ value: each.id, label: escapeControls(each.name) }))}
                onChange={(next) => {
                  setRepositoryId(next);
                  setBaseBranch(null);
                }}
              />
            )}
          </Labelled>
          <Labelled label="From branch" {...(errors.baseBranch === undefined ? {} : { hint: errors.baseBranch })}>
            {(id) => (
              <Select
                id={id}
                value={baseBranch ?? usual}
                options={[
                  { value: usual, label: escapeControls(repository?.defaultBranch ?? "The branch checked out"), hint: "default" },
                  ...(branches.data ?? [])
                    .filter((name) => name !== repository?.defaultBranch)
                    .map((name) => ({ value: name, label: escapeControls(name) })),
                ]}
                onChange={(next) => setBaseBranch(next === usual ? null : next)}
              />
            )}
          </Labelled>
        </div>
        <div className="grid grid-cols-2 gap-3">
          <Labelled
            label="Agent"
            {...(agent === undefined || agent.gate === "full"
              ? {}
              : {
                  hint: <GateHint agent={agent} onLeave={onClose} />,
                })}
          >
            {(id) => (
              <Select
                id={id}
                value={agentId}
                options={agents.map((each) => ({
                  value: each.id,
                  label: escapeControls(each.name),
                  ...hintOf(each, keys.standingOf(each).kind),
                }))}
                onChange={setAgentId}
              />
            )}
          </Labelled>
          <Labelled label="Mode" hint={capital(modeWords[mode].hint)}>
            {(id) => (
              <Select id={id} value={mode} options={modes.map((value) => ({ value, label: modeWords[value].label }))} onChange={setMode} />
            )}
          </Labelled>
        </div>
        {agent !== undefined && <AgentKeyField key={agent.id} agent={agent} keys={keys} />}
        {agent !== undefined && shownInterface === "chat" && (
          <ChoiceMenus
            agentName={agent.name}
            menus={menus}
            isKnown={options !== null || agent.keys.length === 0}
            onChange={(role, value) => setChosen({ ...chosen, [agentId]: { ...chosen[agentId], [role]: value } })}
          />
        )}
        <InterfaceField agent={agent} value={shownInterface} onChange={setInterface} />
        <UnattendedField value={isUnattended} onChange={setUnattended} />
        <RivalAgents agents={agents} firstId={agentId} offers={offers.data ?? []} keys={keys} rivals={rivals} onChange={setRivals} />
        <HostsField hosts={hosts} onChange={setHosts} error={errors.hosts} />
        <LimitFields limits={limits} onChange={setLimits} error={errors.limits} />
        {create.problem !== null && <ErrorNote problem={create.problem} />}
      </form>
    </Dialog>
  );
}

/** The first line of the prompt, as long as a title may be. */
function titleOf(prompt: string): string {
  return (prompt.trim().split("\n", 1)[0] ?? "").slice(0, 120).trim();
}

function GateHint({ agent, onLeave }: { readonly agent: AgentSummary; readonly onLeave: () => void }) {
  if (agent.gate === "partial") return "Partly gated: it does not ask for every kind of call.";
  if (!agent.needsAcknowledgement) return "Not gated: it does not ask for each call, the sandbox alone holds it.";
  return (
    <>
      Not gated: it was never seen to ask.{" "}
      <Link to="/settings/agents" onClick={onLeave}>
        Check it, or let it run
      </Link>{" "}
      first.
    </>
  );
}

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
