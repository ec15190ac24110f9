import { Button } from "./Button.tsx";
import { CopyButton } from "./CopyButton.tsx";
import "./unlock.css";

/** Something shown once that the person keeps outside this machine: groups to write down, to print or to save. */
export function WrittenKey({
  title,
  parts,
  words,
  file,
  canSave,
}: {
  readonly title: string;
  /** Group by group, or code by code. */
  readonly parts: readonly string[];
  /** Stands on the paper below it. */
  readonly words: string;
  readonly file: string;
  /** Whether this host lets a page save a file. */
  readonly canSave: boolean;
}) {
  const text = `${title}\n\n${parts.join(parts.length > 9 ? "\n" : "-")}\n\n${words}\n`;
  return (
    <div className="grid gap-3">
      <div className="on-paper">
        <p className="field-label">{title}</p>
        <p className={`written-key ${parts.some(({ length }) => length > 6) ? "is-long" : ""}`} data-testid="written-key">
          {parts.map((part, at) => (
            <span key={part}>
              <small aria-hidden="true">{at + 1}</small>
              {part}
            </span>
          ))}
        </p>
        <p className="field-hint">{words}</p>
      </div>
      <p className="flex flex-wrap items-center gap-2">
        <Button size="small" onClick={() => window.print()}>
          Print
        </Button>
        {canSave && (
          <Button size="small" icon="download" onClick={() => save(file, text)}>
            Save as a file
          </Button>
        )}
        <CopyButton text={text} name="Copy it into a password manager" />
      </p>
    </div>
  );
}

function save(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
