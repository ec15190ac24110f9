import { useState } from "react";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field } from "../../ui/Field.tsx";
import { writeClock, writeCount, writeDay } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";

/** In place of a new vault: the one of another computer, out of a backup. */
export function BringBackup() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <p className="soft mt-6">
      Have a backup of another computer?{" "}
      <Button look="quiet" size="small" icon="download" onClick={() => setIsOpen(true)}>
        Restore it here…
      </Button>
      {isOpen && <BringDialog onClose={() => setIsOpen(false)} />}
    </p>
  );
}

function BringDialog({ onClose }: { readonly onClose: () => void }) {
  const [path, setPath] = useState("");
  const now = useNow();
  const [brought, setBrought] = useState<{ readonly at: number; readonly entries: number } | null>(null);
  const bring = useChange(async (client, from: string) => await client.backups.bring({ path: from }), { onDone: setBrought });
  const submit = () => path.trim() !== "" && !bring.isRunning && bring.run(path.trim());
  if (brought !== null) {
    const { at, entries } = brought;
    return (
      <Dialog
        open
        onClose={onClose}
        title="The backup is ready"
        foot={
          <Button className="push" onClick={onClose}>
            Close
          </Button>
        }
      >
        <p role="status">
          It is whole: of {writeDay(at, now)}, {writeClock(at)}, with {writeCount(entries, "audit entry", "audit entries")}.
        </p>
        <p className="mt-2">
          <b>Close Gatehouse and start it again.</b> It then has the tasks, rules and secrets of that computer, and opens with its
          passphrase or its recovery key. Ways that need that computer itself, as its keychain, do not come along.
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title="Restore a backup of another computer"
      foot={
        <DialogFoot
          action={bring.isRunning ? "Proving and copying…" : "Restore"}
          off={path.trim() === "" ? "Name a folder first" : bring.isRunning ? "It is being proved and copied" : false}
          onAction={submit}
          onClose={onClose}
        />
      }
    >
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <p className="soft">
          Copy one folder out of <code>backups</code> in the data folder of that computer to this one. Every file in it is proved before
          anything is taken over.
        </p>
        <Field
          label="Folder of the backup"
          placeholder="/media/stick/2026-11-26T03-00-00-000Z"
          icon="folder"
          value={path}
          onChange={(event) => setPath(event.target.value)}
        />
        {bring.problem !== null && <ErrorNote problem={bring.problem} />}
      </form>
    </Dialog>
  );
}
