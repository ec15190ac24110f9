import { useState } from "react";
import type { Task } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { writeCount } from "../../../ui/format.ts";
import { ErrorNote } from "../../../ui/states.tsx";
import { commentsAsMessage } from "./comments.ts";
import type { CommentDrafts } from "./DiffTab.tsx";
import "./comment-tray.css";

/** The remarks that have not been sent yet, and the button that sends them as one message. */
export function CommentTray({
  task,
  drafts,
  onShow,
}: {
  readonly task: Task;
  readonly drafts: CommentDrafts;
  readonly onShow: (path: string) => void;
}) {
  const [closing, setClosing] = useState("");
  const send = useChange((client, text: string) => client.tasks.message({ id: task.id, text }), {
    onDone: () => {
      drafts.clear();
      setClosing("");
    },
  });
  if (drafts.comments.length === 0) return null;
  return (
    <div className="comment-tray" role="region" aria-label="Comments to send">
      <ul>
        {drafts.comments.map((comment) => (
          <li key={comment.id}>
            <button type="button" className="comment-place" onClick={() => onShow(comment.path)}>
              <code>{`${escapeControls(comment.path)}:${comment.line}`}</code>
            </button>
            <span className="clip">{comment.text}</span>
          </li>
        ))}
      </ul>
      {send.problem !== null && <ErrorNote problem={send.problem} />}
      <div className="comment-send">
        <input
          type="text"
          className="field"
          aria-label="A word to go with the comments"
          placeholder="A word to go with them"
          value={closing}
          onChange={(event) => setClosing(event.target.value)}
        />
        <Button size="small" look="quiet" onClick={drafts.clear}>
          Throw away
        </Button>
        <Button
          size="small"
          look="primary"
          off={send.isRunning ? "They are being sent" : false}
          onClick={() => send.run(commentsAsMessage(drafts.comments, closing))}
        >
          Send {writeCount(drafts.comments.length, "comment")}
        </Button>
      </div>
    </div>
  );
}
