import type { Attempt } from "#shared/contract/attempt.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useRead } from "../../rpc/queries.ts";
import { DiffSize } from "../../ui/DiffSize.tsx";
import { DiffView } from "../../ui/diff/DiffView.tsx";
import { writeCount } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";

const shownFiles = 40;

/** What one attempt changed. The file that is open is open in all of them, so that its differences stand side by side. */
export function AttemptFiles({
  task,
  files,
  openPath,
  onToggle,
}: {
  readonly task: Attempt["task"];
  readonly files: NonNullable<Attempt["files"]>;
  readonly openPath: string | null;
  readonly onToggle: (path: string) => void;
}) {
  if (files.length === 0) return <p className="attempt-files label">It changed no file.</p>;
  const shown = files.slice(0, shownFiles);
  return (
    <ul className="attempt-files" aria-label={writeCount(files.length, "file")}>
      {shown.map((file) => (
        <li key={file.path}>
          <button type="button" className="attempt-file" aria-expanded={file.path === openPath} onClick={() => onToggle(file.path)}>
            <Icon name={file.path === openPath ? "down" : "right"} size={14} />
            <code className="clip" title={escapeControls(file.path)}>
              {escapeControls(file.path)}
            </code>
            {file.sensitive !== null && (
              <span title={file.sensitive}>
                <Icon name="alert" size={14} className="is-ask" />
                <span className="visually-hidden">{file.sensitive}</span>
              </span>
            )}
            <DiffSize added={file.added} removed={file.removed} />
          </button>
          {file.path === openPath && <Change task={task} path={file.path} />}
        </li>
      ))}
      {files.length > shownFiles && <li className="label">and {writeCount(files.length - shownFiles, "more file", "more files")}</li>}
    </ul>
  );
}

function Change({ task, path }: { readonly task: Attempt["task"]; readonly path: string }) {
  const head = task.state.state === "review" || task.state.state === "accepted" ? task.state.head : task.state.state;
  const diff = useRead(["tasks", "diff", task.id, head], (client, signal) => client.tasks.diff({ id: task.id }, { signal }));
  if (diff.problem !== null) return <ErrorNote problem={diff.problem} action={{ label: "Try again", run: diff.reload }} />;
  if (diff.data === undefined) return <Loading what="the change" rows={3} />;
  const content = diff.data.files.find((file) => file.path === path)?.content;
  if (content?.kind !== "text") return <p className="label">{content?.detail ?? "It is not there any more."}</p>;
  return (
    <div className="attempt-change">
      <DiffView path={path} before={content.before} after={content.after} layout="unified" />
    </div>
  );
}
