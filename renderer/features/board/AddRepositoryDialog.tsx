import type { Repository } from "#shared/contract/repository.ts";
import { useAppStatus } from "../../rpc/app-status.ts";
import { useClient } from "../../rpc/client.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { FolderForm } from "../../ui/FolderForm.tsx";

export function AddRepositoryDialog({
  onClose,
  onAdded,
}: {
  readonly onClose: () => void;
  readonly onAdded?: (repository: Repository) => void;
}) {
  const client = useClient();
  const canPickFolder = useAppStatus((app) => app.status?.canPickFolder ?? false);
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const done = (repository: Repository) => {
    onClose();
    onAdded?.(repository);
  };
  const add = useChange((client, path: string) => client.repositories.add({ path }), { reloads: [["repositories"]], onDone: done });
  const addSample = useChange((client, _: null) => client.repositories.addSample({}), { reloads: [["repositories"]], onDone: done });
  const hasSample = repositories.data?.some((repository) => repository.isSample) ?? true;
  return (
    <Dialog open onClose={onClose} title="Add a repository">
      <FolderForm
        onAdd={(path) => add.run(path)}
        {...(canPickFolder ? { onBrowse: async () => (await client.repositories.pickFolder({})).path } : {})}
        {...(hasSample ? {} : { onSample: () => addSample.run(null) })}
        isRunning={add.isRunning || addSample.isRunning}
        problem={add.problem ?? addSample.problem}
      />
    </Dialog>
  );
}
