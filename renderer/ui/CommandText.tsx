import { useMemo } from "react";
import type { Verdict } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { commandRanges } from "./command-ranges.ts";
import { graveParts } from "./request-words.ts";
import "./agent-text.css";

/** Longest stretch drawn as one text; longer ones are drawn in blocks that are laid out when they come into view. */
const chunkLength = 16_384;

/**
 * A command, whole: never clipped, hidden characters written out, the stretches that decided it
 * underlined. What it says is hostile text; it is drawn as text and nothing else.
 */
export function CommandText({
  command,
  verdict,
  emphasis = "always",
  className = "",
}: {
  readonly command: string;
  /** Null: nothing is underlined. */
  readonly verdict: Verdict | null;
  /** `part`: what is risky in itself alone, where there is more beside it; nothing where it would be the whole command. */
  readonly emphasis?: "always" | "part";
  readonly className?: string;
}) {
  const ranges = useMemo(() => {
    const grave = verdict === null ? new Set<never>() : graveParts(verdict);
    const parts = verdict?.parts ?? [];
    if (emphasis === "always") return commandRanges(command, parts, grave);
    const risky = parts.filter((part) => grave.has(part));
    const found = commandRanges(command, risky.length > 0 ? risky : parts, grave);
    return found.every((range) => range.isWorst) ? commandRanges(command, []) : found;
  }, [command, verdict, emphasis]);
  return (
    <code className={`command-text ${className}`}>
      {ranges.map((range) =>
        range.isWorst ? (
          <mark key={range.start} className={range.isGrave ? "danger" : "danger is-mild"} data-worst={range.isGrave ? "grave" : ""}>
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
