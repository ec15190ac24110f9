import { type UIEvent, useId, useRef } from "react";
import { Icon } from "./Icon.tsx";
import "./rule-lines.css";

/** Something to say about a line, beside it. `column` counts from 1; from there on the line is marked. */
export interface LineNote {
  /** From 0. */
  readonly line: number;
  readonly column: number;
  readonly words: string;
  readonly isProblem: boolean;
}

/** Rules of one list, one a line, with line numbers and what is wrong with a line beside it. A plain field to the keyboard and to screen readers. */
export function RuleLines({
  label,
  value,
  notes,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly notes: readonly LineNote[];
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  const backdrop = useRef<HTMLPreElement>(null);
  const lines = value.split("\n");
  const problems = notes.filter(({ isProblem }) => isProblem);
  const area = useRef<HTMLTextAreaElement>(null);
  const jump = ({ line, column }: LineNote) => {
    const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
    const at = start + Math.min(column - 1, lines[line]?.length ?? 0);
    area.current?.focus();
    area.current?.setSelectionRange(at, start + (lines[line]?.length ?? 0));
  };
  const follow = ({ currentTarget }: UIEvent<HTMLTextAreaElement>) => {
    if (backdrop.current !== null) backdrop.current.style.transform = `translateX(${-currentTarget.scrollLeft}px)`;
  };
  return (
    <div>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className={`field rule-lines ${problems.length > 0 ? "is-wrong" : ""}`}>
        <pre className="rule-gutter" aria-hidden="true">
          {lines.map((_, line) => (
            // oxlint-disable-next-line react/no-array-index-key -- a line is its number
            <span key={line} className={problems.some((note) => note.line === line) ? "is-deny" : ""}>{`${line + 1}\n`}</span>
          ))}
        </pre>
        <div className="rule-body">
          <pre ref={backdrop} className="rule-backdrop" aria-hidden="true">
            {lines.map((text, line) => (
              // oxlint-disable-next-line react/no-array-index-key -- a line is its number
              <NotedLine key={line} text={text} note={notes.find((note) => note.line === line)} />
            ))}
          </pre>
          <textarea
            ref={area}
            id={id}
            rows={Math.max(3, lines.length)}
            wrap="off"
            spellCheck={false}
            autoComplete="off"
            value={value}
            aria-invalid={problems.length > 0}
            aria-describedby={problems.length > 0 ? `${id}-problems` : undefined}
            onChange={(event) => onChange(event.target.value)}
            onScroll={follow}
          />
        </div>
      </div>
      {problems.length > 0 && (
        <div role="alert">
          <ul id={`${id}-problems`} className="field-error rule-problems">
            {problems.slice(0, 5).map((note) => (
              <li key={`${note.line} ${note.words}`}>
                <Icon name="alert" size={14} />
                <button type="button" className="link-button is-deny" onClick={() => jump(note)}>
                  Line {note.line + 1}, column {note.column}: {note.words}
                </button>
              </li>
            ))}
            {problems.length > 5 && <li>and {problems.length - 5} more</li>}
          </ul>
        </div>
      )}
    </div>
  );
}

/** The line as it stands, not to be seen but for what is marked in it and said after it. */
function NotedLine({ text, note }: { readonly text: string; readonly note: LineNote | undefined }) {
  if (note === undefined) return `${text}\n`;
  const at = Math.max(0, Math.min(text.length - 1, note.column - 1));
  return (
    <>
      {text.slice(0, at)}
      <mark className={note.isProblem ? "is-problem" : "is-note"}>{text.slice(at)}</mark>
      <span className={`rule-ghost ${note.isProblem ? "is-deny" : "label"}`}>{`   ${note.words}`}</span>
      {"\n"}
    </>
  );
}
