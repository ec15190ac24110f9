import type { TaintMark } from "#shared/contract/taint.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { taintWords } from "#shared/domain/taint-words.ts";
import { Tag } from "./Tag.tsx";

/** Shown from the second ingredient on: with it, the third will be asked about. */
export function TaintTag({ marks }: { readonly marks: readonly TaintMark[] }) {
  if (marks.length < 2) return null;
  const title = marks.map(({ ingredient, source }) => `${taintWords[ingredient].had}: ${escapeControls(source)}`).join("\n");
  return (
    <Tag meaning="ask" icon="alert" title={title}>
      {marks.length === 3 ? "Tainted" : "Two of three"}
    </Tag>
  );
}
