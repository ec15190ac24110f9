import { useState } from "react";
import { Button } from "./Button.tsx";
import { Field } from "./Field.tsx";
import { ErrorNote } from "./states.tsx";

/** Names a git repository by its folder: typed, or picked where the host has a dialog. What it does is its caller's. */
export function FolderForm({
  onAdd,
  onBrowse,
  onSample,
  isRunning,
  problem,
}: {
  readonly onAdd: (path: string) => void;
  /** Asks with the platform's dialog; null when cancelled. Absent where there is none. */
  readonly onBrowse?: () => Promise<string | null>;
  /** Offered until the sample is there. */
  readonly onSample?: () => void;
  readonly isRunning: boolean;
  readonly problem: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}) {
  const [path, setPath] = useState("");
  const [isBrowsing, setBrowsing] = useState(false);
  const browse = () => {
    if (onBrowse === undefined) return;
    setBrowsing(true);
    onBrowse()
      .then((picked) => picked !== null && setPath(picked))
      .catch(() => {})
      .finally(() => setBrowsing(false));
  };
  const off = isRunning ? "It is being added" : false;
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (path.trim() !== "" && !isRunning) onAdd(path.trim());
      }}
    >
      <Field
        label="Folder of a git repository"
        placeholder="/home/you/src/project"
        icon="folder"
        className="font-normal"
        value={path}
        onChange={(event) => setPath(event.target.value)}
        hint="Agents get a copy of it in their sandbox. The folder itself is never mounted and never changed until you accept work into a branch."
        beside={
          onBrowse !== undefined && (
            <Button size="small" look="quiet" onClick={browse} off={isBrowsing ? "The dialog is open" : false}>
              Browse…
            </Button>
          )
        }
      />
      {problem !== null && <ErrorNote problem={problem} />}
      <div className="flex items-center gap-2">
        <Button type="submit" look="primary" off={path.trim() === "" ? "Name a folder first" : off}>
          Add repository
        </Button>
        {onSample !== undefined && (
          <Button icon="download" onClick={onSample} off={off}>
            Take the sample
          </Button>
        )}
      </div>
    </form>
  );
}
