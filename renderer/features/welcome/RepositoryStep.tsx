import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useAppStatus } from "../../rpc/app-status.ts";
import { useClient } from "../../rpc/client.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { FolderForm } from "../../ui/FolderForm.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";

export function RepositoryStep({ onNext }: { readonly onNext: () => void }) {
  const client = useClient();
  const canPickFolder = useAppStatus((app) => app.status?.canPickFolder ?? false);
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const options = { reloads: [["repositories"]], onDone: onNext };
  const add = useChange((client, path: string) => client.repositories.add({ path }), options);
  const addSample = useChange((client, _: null) => client.repositories.addSample({}), options);
  const known = repositories.data ?? [];
  return (
    <div className="grid gap-4">
      <header>
        <h1>Add a repository</h1>
        <p className="soft">A git repository on this computer, or the sample: a small till program with one failing test.</p>
      </header>
      {repositories.problem !== null && (
        <ErrorNote problem={repositories.problem} action={{ label: "Try again", run: repositories.reload }} />
      )}
      {known.length > 0 && (
        <ul className="frame" aria-label="Added">
          {known.map((repository) => (
            <li key={repository.id} className="flex h-8 items-center gap-2 border-b border-line px-3 last:border-b-0">
              <Icon name="check" size={14} className="is-allow" />
              <span className="font-medium">{escapeControls(repository.name)}</span>
              <code className="clip soft">{escapeControls(repository.path)}</code>
            </li>
          ))}
        </ul>
      )}
      <FolderForm
        onAdd={(path) => add.run(path)}
        {...(canPickFolder ? { onBrowse: async () => (await client.repositories.pickFolder({})).path } : {})}
        {...(known.some((repository) => repository.isSample) ? {} : { onSample: () => addSample.run(null) })}
        isRunning={add.isRunning || addSample.isRunning}
        problem={add.problem ?? addSample.problem}
      />
      {known.length > 0 && (
        <p>
          <Button size="large" look="primary" onClick={onNext}>
            Go on
          </Button>
        </p>
      )}
    </div>
  );
}
