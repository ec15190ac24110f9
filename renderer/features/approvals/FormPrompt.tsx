import { type ReactNode, type Ref, useRef } from "react";
import type { QuestionRequest } from "#shared/contract/permission.ts";
import { useFormAnswer } from "../../rpc/form-answer.ts";
import { Button } from "../../ui/Button.tsx";
import { writeElapsed } from "../../ui/format.ts";
import { QuestionFields } from "../../ui/QuestionFields.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";
import { Fuse, Timer } from "./Fuse.tsx";
import type { PromptPlace } from "./Prompt.tsx";
import { SettledLine } from "./SettledLine.tsx";
import { useFormKeys } from "./use-form-keys.ts";
import "./prompt.css";
import "./answers.css";

/** A form of an agent, to be filled in: the same in the inbox, over another page and in the small window. */
export function FormPrompt({
  request,
  place,
  side,
  focusRef,
  onAnswered,
}: {
  readonly request: QuestionRequest;
  readonly place: PromptPlace;
  readonly side?: ReactNode;
  readonly focusRef?: Ref<HTMLElement>;
  readonly onAnswered?: (request: QuestionRequest) => void;
}) {
  const answer = useFormAnswer(request, onAnswered);
  const root = useRef<HTMLElement>(null);
  const isPending = request.status.status === "pending";
  useFormKeys(root, { isOn: isPending && !answer.isRunning, send: answer.send, decline: answer.decline });
  const busy = answer.isRunning ? "It is being sent" : false;
  return (
    <article ref={root} className={`prompt prompt-${place}`} aria-label="Question">
      <Fuse request={request} />
      <div className="prompt-body">
        <div className="prompt-main">
          <Head request={request} />
          <section className="prose-text question-message" dir="auto" tabIndex={-1} ref={focusRef} aria-label="What it asks">
            {request.form.message}
          </section>
          {isPending && (
            <form
              onSubmit={(event) => {
                event.preventDefault();
                answer.send();
              }}
            >
              <QuestionFields form={request.form} values={answer.values} problems={answer.problems} onChange={answer.change} />
              {place === "window" && <p className="label small mt-3">The agent sees what you send. Nothing is allowed by it.</p>}
            </form>
          )}
        </div>
        {side !== undefined && (
          <aside className="prompt-side" aria-label="Context">
            {side}
          </aside>
        )}
      </div>
      {answer.problem !== null && <ErrorNote problem={answer.problem} className="prompt-problem" />}
      {isPending ? (
        <div className="answers">
          <Button size="large" keys="mod+enter" off={busy} onClick={answer.send}>
            Send
          </Button>
          <span className="hint">{place === "window" ? "" : "The agent sees what you send. Nothing is allowed by it."}</span>
          <Button size="large" look="quiet" className="push" off={busy} onClick={answer.leave}>
            Leave it
          </Button>
          <Button size="large" keys="d" off={busy} onClick={answer.decline} aria-keyshortcuts="D">
            Decline
          </Button>
        </div>
      ) : (
        <SettledLine request={request} />
      )}
    </article>
  );
}

function Head({ request }: { readonly request: QuestionRequest }) {
  const now = useNow();
  const isPending = request.status.status === "pending";
  return (
    <header className="prompt-head">
      <h2>{request.agentName} asks</h2>
      {isPending && <Timer request={request} then="then left unanswered" />}
      <p>
        In <span className="strong">{request.repositoryName}</span>, for <span className="strong">{request.taskTitle}</span>.
        {isPending && (
          <span className="prompt-waited">
            {" "}
            It has been waiting <span className="num">{writeElapsed(now - request.createdAt)}</span>.
          </span>
        )}
      </p>
    </header>
  );
}
