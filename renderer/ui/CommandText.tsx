import { useMemo } from "react";
import type { VerdictPart } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { commandRanges } from "./command-ranges.ts";
import "./agent-text.css";

/** Longest stretch drawn as one text; longer ones are drawn in blocks that are laid out when they come into view. */
const chunkLength = 16_384;

/**
 * A command, whole: never clipped, hidden characters written out, the stretches that decided it
 * underlined. What it says is hostile text; it is drawn as text and nothing else.
 */
export function CommandText({
  command,
  parts,
  emphasis = "always",
  isGrave = true,
  className = "",
}: {
  readonly command: string;
  readonly parts: readonly VerdictPart[];
  /** `part`: nothing is underlined where it would be the whole command. */
  readonly emphasis?: "always" | "part";
  /** False: underlined in the colour of what waits, not of what is dangerous. */
  readonly isGrave?: boolean;
  readonly className?: string;
}) {
  const ranges = useMemo(() => {
    const found = commandRanges(command, parts);
    return emphasis === "part" && found.every((range) => range.isWorst) ? commandRanges(command, []) : found;
  }, [command, parts, emphasis]);
  return (
    <code className={`command-text ${isGrave ? "" : "is-mild"} ${className}`}>
      {ranges.map((range) =>
        range.isWorst ? (
          <mark key={range.start} className="danger" data-worst="">
            <Pieces text={range.text} />
          </mark>
        ) : (
          <Pieces key={range.start} text={range.text} />
        ),
      )}
    </code>
  );
}

function Pieces({ text }: { readonly text: string }) {
  if (text.length <= chunkLength) return escapeControls(text, { keepLines: true });
  return chunks(text).map((chunk) => (
    <span key={chunk.start} className="command-chunk">
      {escapeControls(chunk.text, { keepLines: true })}
    </span>
  ));
}

function chunks(text: string): readonly { readonly start: number; readonly text: string }[] {
  const pieces: { readonly start: number; readonly text: string }[] = [];
  for (let start = 0; start < text.length; ) {
    const end = endOfChunk(text, start);
    pieces.push({ start, text: text.slice(start, end) });
    start = end;
  }
  return pieces;
}

/** Ends after a line where there is one near, and never inside a surrogate pair. */
function endOfChunk(text: string, start: number): number {
  const end = start + chunkLength;
  if (end >= text.length) return text.length;
  const line = text.lastIndexOf("\n", end);
  if (line > start + chunkLength / 2) return line + 1;
  const code = text.charCodeAt(end - 1);
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end;
}
