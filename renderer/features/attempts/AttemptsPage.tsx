import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Attempt } from "#shared/contract/attempt.ts";
import { AttemptGroupId } from "#shared/contract/ids.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { useRead } from "../../rpc/queries.ts";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { AcceptAttempt } from "./AcceptAttempt.tsx";
import { AttemptColumn } from "./AttemptColumn.tsx";
import "./attempts.css";

/** The same task tried several times, side by side: one is accepted, the rest are discarded. */
export function AttemptsPage() {
  const { group } = useParams({ from: "/attempts/$group" });
  const id = AttemptGroupId.safeParse(group).data ?? null;
  if (id === null) return <EmptyState>There are no such attempts.</EmptyState>;
  return <Attempts group={id} />;
}

function Attempts({ group }: { readonly group: AttemptGroupId }) {
  // What is compared changes only when a card of the group does.
  const states = useBoard((board) =>
    [...board.tasks.values()].flatMap((task) => (task.attemptGroup === group ? [task.state.state] : [])).join(),
  );
  const attempts = useRead(["attempts", group, states], (client, signal) => client.attempts.compare({ group }, { signal }));
  // Until a person chooses: the first file that an attempt changed.
  const [opened, setOpened] = useState<{ readonly path: string | null } | null>(null);
  const first = attempts.data?.[0]?.task;
  const openPath = opened === null ? (attempts.data?.flatMap(({ files }) => files ?? [])[0]?.path ?? null) : opened.path;
  const [chosen, setChosen] = useState<Attempt | null>(null);
  return (
    <>
      <div className="toolbar">
        <h1>{first === undefined ? "Attempts" : escapeControls(first.title)}</h1>
        {first !== undefined && (
          <span className="soft clip">
            {attempts.data?.length} attempts, {escapeControls(first.repositoryName)} · {escapeControls(first.baseBranch)}
          </span>
        )}
      </div>
      <div className="scroll">
        {attempts.problem !== null && (
          <ErrorNote problem={attempts.problem} className="m-3" action={{ label: "Try again", run: attempts.reload }} />
        )}
        {attempts.isLoading && <Loading what="attempts" />}
        {attempts.data !== undefined && (
          <ol className="attempts">
            {attempts.data.map((attempt, index) => (
              <AttemptColumn
                key={attempt.task.id}
                attempt={attempt}
                number={index + 1}
                openPath={openPath}
                onToggle={(next) => setOpened({ path: next === openPath ? null : next })}
                onAccept={() => setChosen(attempt)}
              />
            ))}
          </ol>
        )}
      </div>
      {chosen !== null && (
        <AcceptAttempt
          attempt={chosen}
          others={(attempts.data?.length ?? 1) - 1}
          onClose={() => setChosen(null)}
          onAccepted={attempts.reload}
        />
      )}
    </>
  );
}
