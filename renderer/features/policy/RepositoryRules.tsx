import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Hook } from "#shared/contract/hook.ts";
import type { FileAnswer, RuleList } from "#shared/contract/policy.ts";
import type { Task } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { writeCount } from "../../ui/format.ts";
import { Icon, type IconName } from "../../ui/Icon.tsx";
import { ProposalView, proposalWords } from "../../ui/ProposalView.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { BrokenFile } from "./BrokenFile.tsx";
import { RuleFileDialog } from "./RuleFileDialog.tsx";
import { hookWords } from "./rule-words.ts";

const fileName = "gatehouse.rules.jsonc";
/** Tasks in review whose branches are looked at. */
const mostTasks = 10;

/** The repository's own rule file: what of it holds, how to adopt it, and what tasks would make of it. */
export function RepositoryRules({ repositoryId }: { readonly repositoryId: RepositoryId }) {
  // The person changes it outside of Gatehouse: what was read before says little.
  const read = useRead(["policy", "file", repositoryId], (client, signal) => client.policy.repositoryFile({ repositoryId }, { signal }), {
    freshMs: 0,
  });
  const tasks = useBoard((board) => board.tasks);
  const inReview = [...tasks.values()]
    .filter((task) => task.repositoryId === repositoryId && task.state.state === "review")
    .slice(0, mostTasks);
  const file = read.data?.file;
  const broken = read.data?.broken ?? null;
  return (
    <section aria-label="Rule file of the repository">
      <h2 className="group-head">
        Rule file <code className="label">{fileName}</code>
      </h2>
      {read.problem !== null && <ErrorNote problem={read.problem} className="m-3" action={{ label: "Try again", run: read.reload }} />}
      {broken !== null && <BrokenFile name={fileName} {...broken} hasGood={file !== null} />}
      {file === null && broken === null && (
        <p className="rule-row label">
          <span>
            The base branch has none. Rules kept there are reviewed like code; <code>gatehouse rules check</code> checks them.
          </span>
        </p>
      )}
      {file !== undefined && file !== null && <BaseFile repositoryId={repositoryId} file={file} />}
      {inReview.map((task) => (
        <Proposed key={task.id} task={task} />
      ))}
    </section>
  );
}

interface BaseFileRead {
  readonly content: string;
  readonly sha256: string;
  readonly answer: FileAnswer;
  readonly rules: RuleList;
  readonly hooks: readonly Hook[];
}

const answers: Readonly<Record<FileAnswer, { readonly tag: string; readonly meaning: "allow" | "ask" | "deny"; readonly icon: IconName }>> =
  {
    adopted: { tag: "Adopted", meaning: "allow", icon: "check" },
    none: { tag: "Not adopted", meaning: "ask", icon: "question" },
    refused: { tag: "Refused", meaning: "deny", icon: "deny" },
  };

function BaseFile({ repositoryId, file }: { readonly repositoryId: RepositoryId; readonly file: BaseFileRead }) {
  const [isOpen, setOpen] = useState(false);
  const { tag, meaning, icon } = answers[file.answer];
  const isAdopted = file.answer === "adopted";
  return (
    <p className="rule-row">
      <Tag meaning={meaning} icon={icon}>
        {tag}
      </Tag>
      <span>{holds(file)}</span>
      <Button size="small" className="push" onClick={() => setOpen(true)}>
        {file.answer === "none" ? "Look at it and adopt…" : "Look at it"}
      </Button>
      {isOpen && (
        <RuleFileDialog
          title={isAdopted ? fileName : `Adopt ${fileName}`}
          intro={
            isAdopted
              ? "All of this holds, until the file changes."
              : "Adopting lets its allow rules and hooks hold besides what tightens already. It holds for exactly this content: when the file changes, they wait for you again."
          }
          file={{ repositoryId, taskId: null, sha256: file.sha256 }}
          answer={file.answer}
          hooks={file.hooks}
          canAdopt
          onClose={() => setOpen(false)}
        >
          {!isAdopted && <Loosens file={file} />}
          <FileText content={file.content} sha256={file.sha256} />
        </RuleFileDialog>
      )}
    </p>
  );
}

function holds({ answer, rules }: BaseFileRead): string {
  if (answer === "adopted") return "All of its rules hold, until the file changes.";
  if (answer === "refused") return "You refused it. Its deny and ask rules hold, and nothing that it allows.";
  const count = rules.allow.length;
  return `Its deny and ask rules hold. ${writeCount(count, "allow rule")} ${count === 1 ? "waits" : "wait"} for you to adopt the file.`;
}

function Loosens({ file }: { readonly file: BaseFileRead }) {
  return (
    <section aria-label="What would hold besides">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling list has to be reachable by keyboard */}
      <ul className="adopt-list" tabIndex={0} aria-label="Rules and hooks that wait">
        {file.rules.allow.map((text) => (
          <li key={text}>
            <Icon name="check" size={14} className="is-allow" /> <code className="wrap-anywhere">allow {escapeControls(text)}</code>
          </li>
        ))}
        {file.hooks.map((hook) => (
          <li key={hook.name}>
            <Icon name="link" size={14} className="label" /> <code className="wrap-anywhere">{escapeControls(hook.match)}</code>{" "}
            <span className="soft">{escapeControls(hookWords(hook))}</span>
          </li>
        ))}
        {file.rules.allow.length + file.hooks.length === 0 && <li className="soft">Nothing more: it holds only rules that tighten.</li>}
      </ul>
    </section>
  );
}

function FileText({ content, sha256 }: { readonly content: string; readonly sha256: string }) {
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling text has to be reachable by keyboard */}
      <pre className="adopt-file" tabIndex={0} aria-label={`Text of ${fileName}`} role="region">
        {escapeControls(content, { keepLines: true })}
      </pre>
      <p className="label small">
        SHA-256 <code className="wrap-anywhere">{sha256}</code>
      </p>
    </>
  );
}

/** A task in review that changes the file; nothing where it leaves it alone. */
function Proposed({ task }: { readonly task: Task }) {
  const head = task.state.state === "review" ? task.state.head : null;
  const proposal = useRead(["policy", "proposal", task.id, head], (client, signal) =>
    client.policy.proposal({ taskId: task.id }, { signal }),
  );
  const [isOpen, setOpen] = useState(false);
  const { data } = proposal;
  if (data === undefined || data === null) return null;
  const { answer } = data;
  const isReadable = data.problems.length === 0 && data.after !== null;
  return (
    <>
      <p className="rule-row">
        <Tag meaning={answers[answer].meaning} icon={answers[answer].icon}>
          {answer === "none" ? "Proposed" : answer === "adopted" ? "Adopted, once merged" : "Refused"}
        </Tag>
        <span className="clip">
          <span className="strong">{escapeControls(task.title)}</span>: {proposalWords(data)}
        </span>
        <Button size="small" className="push" onClick={() => setOpen(true)}>
          Look at it
        </Button>
      </p>
      {isOpen && (
        <RuleFileDialog
          title={`What “${escapeControls(task.title)}” would make of ${fileName}`}
          intro="An agent changed the rules on its branch. Nothing of it holds until you merge the branch; adopted now, all of it holds from then on."
          file={{ repositoryId: task.repositoryId, taskId: task.id, sha256: data.sha256 }}
          answer={answer}
          hooks={data.hooks}
          canAdopt={isReadable}
          note={
            <Link to="/tasks/$taskId" params={{ taskId: task.id }} className="btn btn-quiet">
              Go to the task
            </Link>
          }
          onClose={() => setOpen(false)}
        >
          <ProposalView proposal={data} path={fileName} />
        </RuleFileDialog>
      )}
    </>
  );
}
