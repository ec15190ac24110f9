import { type ReactNode, type Ref, useRef } from "react";
import type { QuestionRequest } from "#shared/contract/permission.ts";
import { type FormAnswer, useFormAnswer } from "../../rpc/form-answer.ts";
import { Button } from "../../ui/Button.tsx";
import { QuestionFields } from "../../ui/QuestionFields.tsx";
import { PromptFrame, type PromptPlace } from "./PromptFrame.tsx";
import { SettledLine } from "./SettledLine.tsx";
import { useFormKeys } from "./use-form-keys.ts";
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
  return (
    <PromptFrame
      request={request}
      place={place}
      label="Question"
      title={`${request.agentName} asks`}
      lead={
        <>
          In <span className="strong">{request.repositoryName}</span>, for <span className="strong">{request.taskTitle}</span>.
        </>
      }
      then="then left unanswered"
      side={side}
      problem={answer.problem}
      foot={isPending ? <FormAnswers place={place} answer={answer} /> : <SettledLine request={request} />}
      frameRef={root}
    >
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
          {place === "window" && <p className="label small mt-3">{nothingAllowed}</p>}
        </form>
      )}
    </PromptFrame>
  );
}

const nothingAllowed = "The agent sees what you send. Nothing is allowed by it.";

function FormAnswers({ place, answer }: { readonly place: PromptPlace; readonly answer: FormAnswer }) {
  const busy = answer.isRunning ? "It is being sent" : false;
  return (
    <div className="answers">
      <Button size="large" keys="mod+enter" off={busy} onClick={answer.send}>
        Send
      </Button>
      <span className="hint">{place === "window" ? "" : nothingAllowed}</span>
      <Button size="large" look="quiet" className="push" off={busy} onClick={answer.leave}>
        Leave it
      </Button>
      <Button size="large" keys="d" off={busy} onClick={answer.decline} aria-keyshortcuts="D">
        Decline
      </Button>
    </div>
  );
}
