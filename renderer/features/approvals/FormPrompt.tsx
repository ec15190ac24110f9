import { type ReactNode, type Ref, useRef, useState } from "react";
import type { QuestionRequest } from "#shared/contract/permission.ts";
import { type FormAnswer, useFormAnswer } from "../../rpc/form-answer.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { QuestionFields } from "../../ui/QuestionFields.tsx";
import { PromptFrame, type PromptPlace } from "./PromptFrame.tsx";
import { cutOff, onlyJustShown } from "./held-words.ts";
import { SettledLine } from "./SettledLine.tsx";
import { useFormKeys } from "./use-form-keys.ts";
import { usePromptGuard } from "./use-prompt-guard.ts";
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
  const answer = useGuarded(request, useFormAnswer(request, onAnswered));
  const root = useRef<HTMLElement>(null);
  const isPending = request.status.status === "pending";
  useFormKeys(root, isPending && answer.off === false, answer);
  useFormCommands(isPending);
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
      foot={isPending ? <FormAnswers answer={answer} /> : <SettledLine request={request} place={place} />}
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
          <p className="label small mt-3">{nothingAllowed}</p>
        </form>
      )}
    </PromptFrame>
  );
}

/** For the list of keys: they are pressed by `useFormKeys`. */
function useFormCommands(isPending: boolean): void {
  const shared = { group: "This form", inPalette: false, run: () => {} } as const;
  useCommands(
    isPending
      ? [
          { ...shared, id: "form.fields", label: "Into its first field", keys: ["a"] },
          { ...shared, id: "form.send", label: "Send", keys: ["mod+enter"] },
          { ...shared, id: "form.leave", label: "Leave it unanswered", keys: ["l"] },
          { ...shared, id: "form.decline", label: "Decline to answer", keys: ["d"] },
        ]
      : [],
  );
}

const nothingAllowed = "The agent sees what you send. Nothing is allowed by it.";

interface Guarded extends FormAnswer {
  readonly off: string | false;
  /** The last answer came too soon after it was shown. */
  readonly isHeld: boolean;
}

/** Lets no answer through that was meant for what stood here before, nor one that cannot be given now. */
function useGuarded(request: QuestionRequest, answer: FormAnswer): Guarded {
  const guard = usePromptGuard(request.nonce);
  const [isHeld, setHeld] = useState(false);
  const guarded = (give: () => void) => () => {
    const isTooSoon = guard.isTooSoon();
    setHeld(isTooSoon);
    if (!isTooSoon && guard.isConnected) give();
  };
  return {
    ...answer,
    send: guarded(answer.send),
    decline: guarded(answer.decline),
    leave: guarded(answer.leave),
    off: answer.isRunning ? "It is being sent" : guard.isConnected ? false : cutOff,
    isHeld,
  };
}

function FormAnswers({ answer }: { readonly answer: Guarded }) {
  const busy = answer.off;
  const hint = answer.isHeld ? onlyJustShown : busy === cutOff ? cutOff : "";
  return (
    <div className="answers">
      <Button size="large" keys="mod+enter" off={busy} onClick={answer.send}>
        Send
      </Button>
      <span className="hint" role="status">
        {hint}
      </span>
      <Button size="large" look="quiet" className="push" keys="l" off={busy} onClick={answer.leave} aria-keyshortcuts="L">
        Leave it
      </Button>
      <Button size="large" keys="d" off={busy} onClick={answer.decline} aria-keyshortcuts="D">
        Decline
      </Button>
    </div>
  );
}
