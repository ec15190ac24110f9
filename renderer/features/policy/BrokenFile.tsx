import { useRef } from "react";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Icon } from "../../ui/Icon.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";

interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

/** Lines of a file that are drawn: what is wrong is rarely below. */
const drawnLines = 2_000;

/** A rule file that cannot be read: what is wrong where, each a way to its line. Hostile text. */
export function BrokenFile({
  name,
  content,
  problems,
  hasGood,
}: {
  readonly name: string;
  readonly content: string;
  readonly problems: readonly FileProblem[];
  /** An older one holds meanwhile. */
  readonly hasGood: boolean;
}) {
  const text = useRef<HTMLOListElement>(null);
  const lines = content.split("\n").slice(0, drawnLines);
  const jump = ({ line }: FileProblem) => {
    const row = text.current?.children.item(Math.min(line, lines.length) - 1);
    if (!(row instanceof HTMLElement)) return;
    row.scrollIntoView({ block: "center" });
    row.focus();
  };
  return (
    <div className="broken-file" role="group" aria-label={`${name} cannot be read`}>
      <p className="flex items-center gap-2">
        <Icon name="alert" size={14} className="is-deny" />
        <span>
          <span className="strong">The newest version on the base branch cannot be read.</span>{" "}
          {hasGood ? "The last good one holds." : "Nothing of it holds."} Mend and commit it; this page follows.
        </span>
        <CopyButton text={content} name="Copy the file" className="push" />
      </p>
      <ul className="field-error rule-problems">
        {problems.slice(0, 20).map((problem) => (
          <li key={`${problem.line}:${problem.column}:${problem.problem}`}>
            <button type="button" className="link-button is-deny" onClick={() => jump(problem)}>
              Line {problem.line}, column {problem.column}: {escapeControls(problem.problem)}
            </button>
          </li>
        ))}
        {problems.length > 20 && <li>and {problems.length - 20} more</li>}
      </ul>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region has to be reachable by keyboard */}
      <ol ref={text} className="broken-lines" tabIndex={0} aria-label={`Lines of ${name}`}>
        {lines.map((line, index) => {
          const problem = problems.find((each) => each.line === index + 1);
          return (
            // oxlint-disable-next-line react/no-array-index-key -- a line is its number
            <li key={index} tabIndex={-1} className={problem === undefined ? "" : "is-wrong"} aria-label={labelOf(index, line, problem)}>
              <span className="num label" aria-hidden="true">
                {index + 1}
              </span>
              <code>
                {problem === undefined ? (
                  escapeControls(line)
                ) : (
                  <>
                    {escapeControls(line.slice(0, problem.column - 1))}
                    <mark>{escapeControls(line.slice(problem.column - 1)) || " "}</mark>
                  </>
                )}
              </code>
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function labelOf(index: number, line: string, problem: FileProblem | undefined): string | undefined {
  return problem === undefined
    ? undefined
    : `Line ${index + 1}: ${escapeControls(line.trim())}. Column ${problem.column}: ${problem.problem}`;
}
