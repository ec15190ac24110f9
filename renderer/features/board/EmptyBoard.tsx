import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { runCommand } from "../../ui/commands.ts";
import { EmptyState } from "../../ui/states.tsx";

/** No task yet: says the one thing that comes next. */
export function EmptyBoard() {
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const hasRepository = (repositories.data?.length ?? 0) > 0;
  return (
    <>
      <div className="toolbar">
        <h1>Board</h1>
      </div>
      {repositories.data !== undefined &&
        (hasRepository ? (
          <EmptyState
            action={
              <Button size="small" look="primary" icon="plus" keys="mod+n" onClick={() => runCommand("task.new")}>
                New task
              </Button>
            }
          >
            No tasks yet. A task gives one agent one thing to do, in a sandbox of its own.
          </EmptyState>
        ) : (
          <EmptyState
            action={
              <Button size="small" look="primary" icon="folder" onClick={() => runCommand("repository.add")}>
                Add a repository
              </Button>
            }
          >
            Tasks work on a repository. Add yours, or take the sample.
          </EmptyState>
        ))}
    </>
  );
}
