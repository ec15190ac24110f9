import type { Task, TimelineEntry } from "#shared/contract/task.ts";
import { useChange } from "../../rpc/queries.ts";
import { IconButton } from "../../ui/Button.tsx";
import { writeClock } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";

/** What was sent and the agent has not got yet; it can be taken back while the agent works. */
export function QueuedMessages({ task, entries }: { readonly task: Task; readonly entries: readonly TimelineEntry[] }) {
  const takeBack = useChange((client, entryId: string) => client.tasks.takeBack({ id: task.id, entryId }));
  const queued = entries.flatMap((entry) => (entry.kind === "person" && entry.delivery === "queued" ? [entry] : []));
  return (
    <>
      {queued.map((entry) => (
        <p key={entry.id} className="receipt" role="status">
          <Icon name="clock" size={14} />
          <span className="clip">
            Queued {writeClock(entry.at)}: “{entry.text.slice(0, 300)}”{pictures(entry.images?.length ?? 0)}
          </span>
          <span className="label push">after this turn</span>
          {task.state.state === "running" && (
            <IconButton
              icon="close"
              size="small"
              name={`Take back: ${entry.text.slice(0, 60)}`}
              off={takeBack.isRunning ? "It is being taken back" : false}
              onClick={() => takeBack.run(entry.id)}
            />
          )}
        </p>
      ))}
      {takeBack.problem !== null && <ErrorNote problem={takeBack.problem} />}
    </>
  );
}

function pictures(count: number): string {
  return count === 0 ? "" : `, with ${count === 1 ? "a picture" : `${count} pictures`}`;
}
