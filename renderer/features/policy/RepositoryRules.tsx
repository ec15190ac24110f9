import { useState } from "react";
import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { hookProgram } from "#shared/domain/hook-program.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { useProof } from "../../rpc/use-proof.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { writeCount } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ProofFields } from "../../ui/ProofFields.tsx";
import { ProposalView, proposalWords } from "../../ui/ProposalView.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { Tag } from "../../ui/Tag.tsx";
import { hookWords } from "./rule-words.ts";

const fileName = "gatehouse.rules.jsonc";
/** Tasks in review whose branches are looked at. */
const mostTasks = 10;

/** The repository's own rule file: what of it holds, how to adopt it, and what tasks would make of it. */
export function RepositoryRules({ repositoryId, onAdopted }: { readonly repositoryId: RepositoryId; readonly onAdopted: () => void }) {
  // The person changes it outside of Gatehouse: what was read before says little.
  const file = useRead(["policy", "file", repositoryId], (client, signal) => client.policy.repositoryFile({ repositoryId }, { signal }), {
    freshMs: 0,
  });
  const tasks = useBoard((board) => board.tasks);
  const inReview = [...tasks.values()]
    .filter((task) => task.repositoryId === repositoryId && task.state.state === "review")
    .slice(0, mostTasks);
  const [isAdopting, setAdopting] = useState(false);
  const { data } = file;
  return (
    <section aria-label="Rule file of the repository">
      <h2 className="group-head">
        Rule file <code className="label">{fileName}</code>
      </h2>
      {file.problem !== null && <ErrorNote problem={file.problem} className="m-3" action={{ label: "Try again", run: file.reload }} />}
      {data === null && (
        <p className="rule-row label">
          The base branch has no {fileName}. Rules kept there are reviewed like code, and checked by gatehouse rules check.
        </p>
      )}
      {data !== undefined && data !== null && (
        <>
          <p className="rule-row">
            <Tag meaning={data.isAdopted ? "allow" : "ask"} icon={data.isAdopted ? "check" : "question"}>
              {data.isAdopted ? "Adopted" : "Not adopted"}
            </Tag>
            <span>
              {data.isAdopted
                ? "All of its rules hold, until the file changes."
                : `Its deny and ask rules hold. ${writeCount(data.rules.allow.length, "allow rule")} ${data.rules.allow.length === 1 ? "waits" : "wait"} for you to adopt the file.`}
            </span>
            <Button size="small" className="push" onClick={() => setAdopting(true)}>
              {data.isAdopted ? "Look at it" : "Look at it and adopt…"}
            </Button>
          </p>
          {data.problems.map((problem) => (
            <p key={problem} className="rule-row">
              <Icon name="alert" size={14} className="is-deny" />
              <span>The newest version cannot be read, so the last good one holds: {escapeControls(problem)}</span>
            </p>
          ))}
          {isAdopting && (
            <AdoptDialog
              repositoryId={repositoryId}
              file={data}
              onClose={() => setAdopting(false)}
              onAdopted={() => {
                setAdopting(false);
                file.reload();
                onAdopted();
              }}
            />
          )}
        </>
      )}
      {inReview.map((task) => (
        <Proposed key={task.id} taskId={task.id} title={task.title} />
      ))}
    </section>
  );
}

interface File {
  readonly content: string;
  readonly sha256: string;
  readonly isAdopted: boolean;
  readonly rules: { readonly allow: readonly string[] };
  readonly hooks: readonly Parameters<typeof hookWords>[0][];
}

function AdoptDialog({
  repositoryId,
  file,
  onClose,
  onAdopted,
}: {
  readonly repositoryId: RepositoryId;
  readonly file: File;
  readonly onClose: () => void;
  readonly onAdopted: () => void;
}) {
  const { isAsked, hasCodes, fields, take } = useProof(!file.isAdopted && file.hooks.some((hook) => hookProgram(hook) !== null));
  const adopt = useChange((client, sha256: string) => client.policy.adoptFile({ repositoryId, sha256, proof: take() }), {
    reloads: [["policy"]],
    onDone: onAdopted,
  });
  const { isAdopted } = file;
  return (
    <Dialog
      open
      onClose={onClose}
      title={isAdopted ? fileName : `Adopt ${fileName}`}
      className="dialog-wide"
      {...(isAdopted
        ? {}
        : {
            foot: (
              <>
                <Button className="push" onClick={onClose}>
                  Cancel
                </Button>
                <Button look="primary" off={adopt.isRunning ? "It is being adopted" : false} onClick={() => adopt.run(file.sha256)}>
                  Adopt exactly this file
                </Button>
              </>
            ),
          })}
    >
      <div className="grid gap-3">
        {!isAdopted && (
          <>
            <p>
              Adopting lets these hold besides what tightens already. It holds for exactly this content: when the file changes, its allow
              rules wait for you again.
            </p>
            <ul className="adopt-list">
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
              {file.rules.allow.length + file.hooks.length === 0 && (
                <li className="soft">Nothing more: it holds only rules that tighten.</li>
              )}
            </ul>
          </>
        )}
        <pre className="adopt-file">{escapeControls(file.content, { keepLines: true })}</pre>
        <p className="label small">
          SHA-256 <code className="wrap-anywhere">{file.sha256}</code>
        </p>
        {isAsked && (
          <ProofFields
            ref={fields}
            hasCodes={hasCodes}
            why="Its hooks run programs on this computer as you, outside every sandbox: adopting them asks for it."
          />
        )}
        {adopt.problem !== null && <ErrorNote problem={adopt.problem} />}
      </div>
    </Dialog>
  );
}

/** A task in review that changes the file; nothing where it leaves it alone. */
function Proposed({ taskId, title }: { readonly taskId: TaskId; readonly title: string }) {
  const proposal = useRead(["policy", "proposal", taskId], (client, signal) => client.policy.proposal({ taskId }, { signal }));
  const [isOpen, setOpen] = useState(false);
  const { data } = proposal;
  if (data === undefined || data === null) return null;
  return (
    <>
      <p className="rule-row">
        <Tag meaning="ask" icon="question">
          Proposed
        </Tag>
        <span className="clip">
          <span className="strong">{escapeControls(title)}</span>: {proposalWords(data)}
        </span>
        <Button size="small" className="push" onClick={() => setOpen(true)}>
          Look at it
        </Button>
      </p>
      {isOpen && (
        <Dialog open onClose={() => setOpen(false)} title={`What “${title}” would make of ${fileName}`} className="dialog-wide">
          <p className="soft mb-3">
            Nothing of it holds until you merge the branch; what it allows holds only once you adopt the file, too.
          </p>
          <ProposalView proposal={data} path={fileName} />
        </Dialog>
      )}
    </>
  );
}
