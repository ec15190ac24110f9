import { useState } from "react";
import type { SecretSummary } from "#shared/contract/vault.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Labelled } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";
import { EmptyState, ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";

/** The explicit grant: the value itself goes to an agent, for what no gateway can carry. */
export function PutIntoSandboxDialog({ secret, onClose }: { readonly secret: SecretSummary; readonly onClose: () => void }) {
  const tasks = useBoard((board) => board.tasks);
  const running = [...tasks.values()].filter(({ state }) => state.state === "running");
  const [chosen, setChosen] = useState<string | null>(null);
  const [path, setPath] = useState<string | null>(null);
  const taskId = chosen ?? running[0]?.id ?? null;
  const put = useChange((client, id: string) => client.vault.putIntoSandbox({ name: secret.name, taskId: id }), {
    reloads: [["vault"]],
    onDone: (done) => setPath(done.path),
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={path === null ? `Put ${secret.name} into a sandbox?` : "The agent has it now"}
      foot={
        path === null ? (
          <Button
            look="deny"
            className="push"
            onClick={() => taskId !== null && !put.isRunning && put.run(taskId)}
            off={taskId === null ? "No task runs" : put.isRunning ? "It is being written" : false}
          >
            Put it there
          </Button>
        ) : (
          <Button look="primary" className="push" onClick={onClose}>
            Done
          </Button>
        )
      }
    >
      {path !== null ? (
        <p>
          It stands in the file <code>{path}</code> of that sandbox until the sandbox ends. The task's card shows it in red, and the log has
          it.
        </p>
      ) : (
        <div className="grid gap-4">
          <p className="soft">
            <Tag meaning="weaker" icon="shieldoff">
              weaker than the default
            </Tag>{" "}
            The agent gets the value itself and can do with it whatever the sandbox lets it. Do this only for what the gateway cannot carry:
            a key for signing, a file that a build needs. Where a host can be named, name it under "Where it may go" instead.
          </p>
          {running.length === 0 ? (
            <EmptyState>No task runs at this moment.</EmptyState>
          ) : (
            <Labelled label="Running task">
              {(id) => (
                <Select
                  id={id}
                  value={taskId}
                  options={running.map((task) => ({ value: String(task.id), label: escapeControls(task.title) }))}
                  onChange={setChosen}
                />
              )}
            </Labelled>
          )}
          {put.problem !== null && <ErrorNote problem={put.problem} />}
        </div>
      )}
    </Dialog>
  );
}
