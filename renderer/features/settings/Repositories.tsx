import { useState } from "react";
import type { Repository } from "#shared/contract/repository.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { runCommand } from "../../ui/commands.ts";
import { Confirm } from "../../ui/Dialog.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { RepositorySettingsDialog } from "./RepositorySettingsDialog.tsx";
import { Group } from "./rows.tsx";

/** The repositories that tasks may work on; forgetting one leaves its folder alone. */
export function Repositories() {
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const [asked, setAsked] = useState<Repository | null>(null);
  const [shown, setShown] = useState<Repository | null>(null);
  const remove = useChange((client, id: string) => client.repositories.remove({ id }), {
    reloads: [["repositories"]],
    onDone: () => setAsked(null),
  });
  return (
    <Group title="Repositories">
      {repositories.problem !== null && <ErrorNote problem={repositories.problem} className="m-3" />}
      <ul>
        {repositories.data?.map((repository) => (
          <li key={repository.id} className="flex h-9 items-center gap-3 border-b border-line px-3">
            <span className="font-medium">{escapeControls(repository.name)}</span>
            {repository.isSample && <Tag meaning="outline">sample</Tag>}
            <code className="clip soft flex-1">{escapeControls(repository.path)}</code>
            <Button
              size="small"
              look="quiet"
              aria-label={`Settings of ${escapeControls(repository.name)}`}
              onClick={() => setShown(repository)}
            >
              Settings
            </Button>
            <Button size="small" look="quiet" aria-label={`Forget ${escapeControls(repository.name)}`} onClick={() => setAsked(repository)}>
              Forget
            </Button>
          </li>
        ))}
      </ul>
      <p className="border-b border-line p-2">
        <Button size="small" icon="plus" onClick={() => runCommand("repository.add")}>
          Add a repository
        </Button>
      </p>
      {shown !== null && <RepositorySettingsDialog repository={shown} onClose={() => setShown(null)} />}
      <Confirm
        open={asked !== null}
        onClose={() => {
          remove.forget();
          setAsked(null);
        }}
        title={`Forget ${escapeControls(asked?.name ?? "the repository")}?`}
        action="Forget"
        onConfirm={() => asked !== null && remove.run(asked.id)}
        isRunning={remove.isRunning}
      >
        <p>Its folder is not touched. Tasks that worked on it can no longer be started.</p>
        {remove.problem !== null && <ErrorNote problem={remove.problem} className="mt-3" />}
      </Confirm>
    </Group>
  );
}
