import { Button, IconButton } from "../../ui/Button.tsx";

interface HomeFile {
  readonly path: string;
  readonly content: string;
}

/** Settings that are written below the agent's home before every start. */
export function HomeFileRows({
  files,
  error,
  onChange,
}: {
  readonly files: readonly HomeFile[];
  readonly error?: string | undefined;
  readonly onChange: (files: HomeFile[]) => void;
}) {
  const replace = (at: number, change: Partial<HomeFile>) =>
    onChange(files.map((file, index) => (index === at ? { ...file, ...change } : file)));
  return (
    <fieldset>
      <legend className="field-label">Settings files in its home</legend>
      {files.map((file, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row has nothing else that stays the same while it is edited
        <div key={at} className="grid gap-2 mb-3">
          <div className="flex items-center gap-2">
            <span className="field mono-input flex-1">
              <input
                aria-label="Path below the home"
                placeholder=".config/agent/settings.json"
                spellCheck={false}
                value={file.path}
                onChange={({ target }) => replace(at, { path: target.value })}
              />
            </span>
            <IconButton icon="close" name="Remove this file" onClick={() => onChange(files.filter((_, index) => index !== at))} />
          </div>
          <div className="field field-area mono-input">
            <textarea
              aria-label="Content"
              rows={3}
              spellCheck={false}
              value={file.content}
              onChange={({ target }) => replace(at, { content: target.value })}
            />
          </div>
        </div>
      ))}
      <Button size="small" icon="plus" onClick={() => onChange([...files, { path: "", content: "" }])}>
        Add a file
      </Button>
      {error !== undefined && <p className="field-error">{error}</p>}
    </fieldset>
  );
}
