import type { Mode } from "#shared/contract/policy.ts";
import { modeWords } from "#shared/domain/mode-words.ts";
import { Tag } from "./Tag.tsx";

/** How a task may act, where that is less than its rules allow. */
export function ModeTag({ mode }: { readonly mode: Mode }) {
  if (mode === "auto") return null;
  const { label, hint } = modeWords[mode];
  return (
    <Tag meaning="outline" icon={mode === "plan" ? "plan" : "question"} title={`${label}: ${hint}`}>
      {label} mode
    </Tag>
  );
}
