import type { QuestionRequest } from "#shared/contract/permission.ts";
import { useFormAnswer } from "../../rpc/form-answer.ts";
import { Button } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { QuestionFields } from "../../ui/QuestionFields.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { TimeLeft } from "../../ui/time.tsx";

/** What the agent wants to know, to be filled in above the message box. All of its words are the agent's: text nodes only. */
export function QuestionCard({ request }: { readonly request: QuestionRequest }) {
  const { form, agentName } = request;
  const answer = useFormAnswer(request);
  const off = answer.isRunning ? "It is being sent" : false;
  return (
    <form
      className="question"
      aria-label={`${agentName} asks`}
      onSubmit={(event) => {
        event.preventDefault();
        answer.send();
      }}
    >
      <p className="question-head">
        <Icon name="message" className="is-ask" />
        <span className="font-medium">{agentName} asks</span>
        <span className="label small push">
          <TimeLeft until={request.expiresAt} suffix=" left" />
        </span>
      </p>
      <p className="prose-text question-message" dir="auto">
        {form.message}
      </p>
      <QuestionFields form={form} values={answer.values} problems={answer.problems} onChange={answer.change} />
      {answer.problem !== null && <ErrorNote problem={answer.problem} />}
      <div className="question-foot">
        <span className="label small">The agent sees what you send. Nothing is allowed by it.</span>
        <Button size="small" off={off} onClick={answer.leave}>
          Leave it
        </Button>
        <Button size="small" off={off} onClick={answer.decline}>
          Decline
        </Button>
        <Button size="small" look="primary" off={off} onClick={answer.send}>
          Send
        </Button>
      </div>
    </form>
  );
}
