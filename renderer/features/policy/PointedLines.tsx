import { escapeControls } from "#shared/domain/escape-controls.ts";

/** Sentences of a verdict, one below the other. */
export function PointedLines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className="pointed soft">
      {lines.map((line) => (
        <li key={line} className="wrap-anywhere">
          {escapeControls(line)}
        </li>
      ))}
    </ul>
  );
}
