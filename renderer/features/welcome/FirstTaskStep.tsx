import { useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Labelled } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { Select } from "../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";

const task = {
  title: "Fix the failing test",
  prompt: "Find the failing test, fix the code it is about, and run the tests again. Commit the fix.",
};

/** Starts the practice agent, so that everything has been seen once before a real agent runs. */
export function FirstTaskStep({ onBack, onDone }: { readonly onBack: () => void; readonly onDone: (taskId: TaskId | null) => void }) {
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const agents = useRead(["agents"], (client, signal) => client.agents.list({}, { signal }));
  const [chosen, setChosen] = useState<string | null>(null);
  const known = repositories.data ?? [];
  const repositoryId = chosen ?? known.find((repository) => repository.isSample)?.id ?? known[0]?.id ?? null;
  const agent = agents.data?.find((each) => each.id === "practice") ?? agents.data?.[0];
  const start = useChange(
    async (client, wish: { readonly repositoryId: string; readonly agentId: string }) => {
      const created = await client.tasks.create({ ...task, ...wish, baseBranch: null });
      return client.tasks.start({ id: created.id });
    },
    { onDone: (started) => onDone(started.id) },
  );
  const problem = start.problem ?? repositories.problem ?? agents.problem;
  return (
    <div className="grid gap-4">
      <header>
        <h1>Run a first task</h1>
        <p className="soft">
          The practice agent is a script, no model: it needs no key and no network. It looks around, runs the tests, edits, and asks you
          twice, so that you see a question and can answer it.
        </p>
      </header>
      {(repositories.isLoading || agents.isLoading) && <Loading what="repositories" rows={3} />}
      {repositories.data?.length === 0 && (
        <EmptyState
          action={
            <Button size="small" onClick={onBack}>
              Add one
            </Button>
          }
        >
          There is no repository to work on yet.
        </EmptyState>
      )}
      {known.length > 0 && repositoryId !== null && agent !== undefined && (
        <>
          <Labelled label="Repository">
            {(id) => (
              <Select
                id={id}
                value={repositoryId}
                options={known.map((repository) => ({
                  value: repository.id,
                  label: escapeControls(repository.name),
                  ...(repository.isSample ? { hint: "sample" } : {}),
                }))}
                onChange={setChosen}
              />
            )}
          </Labelled>
          <div className="frame p-3">
            <p className="font-medium">{task.title}</p>
            <p className="soft">{task.prompt}</p>
            <p className="small label mt-1 flex items-center gap-1">
              <Icon name="terminal" size={14} />
              {escapeControls(agent.name)}
            </p>
          </div>
          <p className="flex items-center gap-2">
            <Button
              look="primary"
              size="large"
              icon="play"
              onClick={() => start.run({ repositoryId, agentId: agent.id })}
              off={start.isRunning ? "It is being started" : false}
            >
              {start.isRunning ? "Starting…" : "Start the practice agent"}
            </Button>
            <Button look="quiet" size="large" onClick={() => onDone(null)}>
              Use an agent of mine
            </Button>
          </p>
        </>
      )}
      {problem !== null && <ErrorNote problem={problem} />}
    </div>
  );
}
