import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Icon } from "../../ui/Icon.tsx";

/** Sentences of a verdict, one below the other. */
export function PointedLines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className="soft grid gap-1">
      {lines.map((line) => (
        <li key={line} className="flex gap-2">
          <Icon name="right" size={14} className="label mt-1" />
          <span className="min-w-0 wrap-anywhere">{escapeControls(line)}</span>
        </li>
      ))}
    </ul>
  );
}
