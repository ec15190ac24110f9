import { useState } from "react";
import { writeNumber } from "./format.ts";
import "./agent-text.css";

/** Above either of these a text is folded. */
const mostLines = 14;
const mostCharacters = 1_600;

/** Prose of an agent or a person: text only, its own direction, long ones folded. Never for a command that waits. */
export function FoldedText({ text, className = "" }: { readonly text: string; readonly className?: string }) {
  const [isOpen, setOpen] = useState(false);
  const folded = fold(text);
  return (
    <div className={className}>
      <p className="prose-text" dir="auto">
        {isOpen || folded === null ? text : folded}
      </p>
      {folded !== null && (
        <button type="button" className="fold-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show less" : `Show all, ${writeNumber(text.length)} characters`}
        </button>
      )}
    </div>
  );
}

function fold(text: string): string | null {
  const byLines = endOfLine(text, mostLines);
  const end = Math.min(byLines, mostCharacters);
  return end >= text.length ? null : `${text.slice(0, end).trimEnd()} …`;
}

function endOfLine(text: string, lines: number): number {
  let at = -1;
  for (let line = 0; line < lines; line += 1) {
    at = text.indexOf("\n", at + 1);
    if (at < 0) return text.length;
  }
  return at;
}
