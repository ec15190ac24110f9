import { useState } from "react";
import type { FileDiff, Task, TaskDiff } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { useCommands } from "../../../ui/commands.ts";
import { DiffView } from "../../../ui/diff/DiffView.tsx";
import type { DiffCommenting } from "../../../ui/diff/open-diff.ts";
import { Icon } from "../../../ui/Icon.tsx";
import { EmptyState, ErrorNote, Loading } from "../../../ui/states.tsx";
import { CommentTray } from "./CommentTray.tsx";
import type { LineComment } from "./comments.ts";
import { FileList } from "./FileList.tsx";
import { RuleProposalNote } from "./RuleProposalNote.tsx";
import "./diff-tab.css";

export interface CommentDrafts {
  readonly comments: readonly LineComment[];
  readonly add: (comment: Omit<LineComment, "id">) => void;
  readonly remove: (id: string) => void;
  readonly clear: () => void;
}

/** What came back from the agent, file by file; remarks on lines go back to it as one message. */
export function DiffTab({ task, drafts }: { readonly task: Task; readonly drafts: CommentDrafts }) {
  const head = task.state.state === "review" || task.state.state === "accepted" ? task.state.head : task.state.state;
  const { data, problem, isLoading } = useRead(["tasks", "diff", task.id, head], (client, signal) =>
    client.tasks.diff({ id: task.id }, { signal }),
  );
  if (problem !== null && problem.code === "CONFLICT")
    return <EmptyState>Nothing has come back yet. The diff is here once the agent has ended its turn.</EmptyState>;
  if (problem !== null) return <ErrorNote problem={problem} className="m-3" />;
  if (data === undefined) return isLoading ? <Loading what="the diff" rows={8} /> : null;
  if (data.files.length === 0) return <EmptyState>The agent ended its turn without changing a file.</EmptyState>;
  return <Files diff={data} task={task} drafts={drafts} />;
}

function Files({ diff, task, drafts }: { readonly diff: TaskDiff; readonly task: Task; readonly drafts: CommentDrafts }) {
  const [path, setPath] = useState<string | null>(null);
  const [layout, setLayout] = useState<"unified" | "split">("unified");
  const place = Math.max(
    0,
    diff.files.findIndex((file) => file.path === path),
  );
  const file = diff.files[place];
  const show = (next: number) => setPath(diff.files[Math.min(diff.files.length - 1, Math.max(0, next))]?.path ?? null);
  useCommands([
    { id: "diff.next-file", label: "Next file of the diff", group: "Diff", keys: ["]"], inPalette: false, run: () => show(place + 1) },
    {
      id: "diff.previous-file",
      label: "Previous file of the diff",
      group: "Diff",
      keys: ["["],
      inPalette: false,
      run: () => show(place - 1),
    },
  ]);
  const canComment = task.state.state === "review" || task.state.state === "stopped" || task.state.state === "running";
  return (
    <div className="diff-tab">
      {diff.baseMoved && (
        <p className="base-moved" role="status">
          <Icon name="branch" size={14} />
          <span>
            <code>{escapeControls(task.baseBranch)}</code> has moved since this run began. The diff is against where it stood then; merging
            may need work.
          </span>
        </p>
      )}
      <RuleProposalNote task={task} head={diff.head} />
      <div className="diff-split">
        <FileList files={diff.files} commits={diff.commits} selected={file?.path ?? null} comments={drafts.comments} onSelect={setPath} />
        <section className="diff-file" aria-label="Changes of the file">
          {file !== undefined && (
            <>
              <header className="diff-head">
                <FileName file={file} />
                <span className="push joined" role="group" aria-label="Layout">
                  {(["unified", "split"] as const).map((each) => (
                    <Button key={each} size="small" aria-pressed={layout === each} onClick={() => setLayout(each)}>
                      {each === "unified" ? "Unified" : "Side by side"}
                    </Button>
                  ))}
                </span>
              </header>
              {file.sensitive !== null && (
                <p className="diff-sensitive">
                  <Icon name="alert" size={14} />
                  <span>
                    <b>Look closely:</b> {file.sensitive}
                  </span>
                </p>
              )}
              <div className="diff-scroll">
                <Content
                  key={`${file.path}:${layout}`}
                  file={file}
                  layout={layout}
                  commenting={canComment ? commentingOn(file, drafts) : null}
                />
              </div>
            </>
          )}
          <CommentTray task={task} drafts={drafts} onShow={setPath} />
        </section>
      </div>
    </div>
  );
}

function FileName({ file }: { readonly file: FileDiff }) {
  return (
    <span className="diff-name">
      <code>{escapeControls(file.path)}</code>
      <span className="soft small">
        {changeWords[file.change]}
        {file.previousPath !== null && (
          <>
            {" from "}
            <code>{escapeControls(file.previousPath)}</code>
          </>
        )}
      </span>
    </span>
  );
}

const changeWords: Record<FileDiff["change"], string> = {
  added: "new file",
  modified: "",
  deleted: "deleted",
  renamed: "renamed",
  "type-changed": "became another kind of file",
};

function Content({
  file,
  layout,
  commenting,
}: {
  readonly file: FileDiff;
  readonly layout: "unified" | "split";
  readonly commenting: DiffCommenting | null;
}) {
  if (file.content.kind === "text") {
    return <DiffView path={file.path} before={file.content.before} after={file.content.after} layout={layout} commenting={commenting} />;
  }
  return (
    <EmptyState>
      {notShown(file.content.why)} {escapeControls(file.content.detail)}
    </EmptyState>
  );
}

function notShown(why: Extract<FileDiff["content"], { kind: "not-shown" }>["why"]): string {
  switch (why) {
    case "binary":
      return "A binary file; its bytes are not shown.";
    case "too-large":
      return "Too large to show here. Look at it with git after accepting into a branch.";
    case "submodule":
      return "A submodule: another repository at one commit.";
    case "lfs-pointer":
      return "A Git LFS pointer: the content itself is stored elsewhere.";
    case "symlink":
      return "A symbolic link. It points to:";
    default:
      return assertNever(why);
  }
}

function commentingOn(file: FileDiff, drafts: CommentDrafts): DiffCommenting {
  return {
    comments: drafts.comments.filter((comment) => comment.path === file.path),
    add: (side, line, lineText, text) => drafts.add({ path: file.path, side, line, lineText, text }),
    remove: drafts.remove,
  };
}
