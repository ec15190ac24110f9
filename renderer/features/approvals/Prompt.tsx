import { type ReactNode, type Ref, useRef, useState } from "react";
import { Answer, type PermissionRequest } from "#shared/contract/permission.ts";
import type { Verdict } from "#shared/contract/policy.ts";
import { questionFor } from "#shared/domain/request-words.ts";
import { briefAllowance } from "#shared/domain/brief-allowance.ts";
import { useCommands } from "../../ui/commands.ts";
import { Icon } from "../../ui/Icon.tsx";
import { requestLaidOut, requestText, requestWish, risksExplained } from "../../ui/request-words.ts";
import { AlwaysDialog } from "./AlwaysDialog.tsx";
import { answerKeys } from "./answer-guard.ts";
import { AnswerBar } from "./AnswerBar.tsx";
import { CommandFrame } from "./CommandFrame.tsx";
import { EditFrame } from "./EditFrame.tsx";
import { PromptFrame, type PromptPlace } from "./PromptFrame.tsx";
import { touches } from "./touches.tsx";
import { useFocusAtEnd } from "./use-focus-at-end.ts";
import { useAnswerKeys, usePrompt } from "./use-prompt.ts";

/**
 * One request with everything a person needs to judge it, and the answers. The same in the inbox,
 * over another page and in the small window.
 */
export function Prompt({
  request,
  place,
  side,
  focusRef,
  onAnswered,
}: {
  readonly request: PermissionRequest;
  readonly place: PromptPlace;
  readonly side?: ReactNode;
  readonly focusRef?: Ref<HTMLElement>;
  readonly onAnswered?: (request: PermissionRequest) => void;
}) {
  const prompt = usePrompt(request, onAnswered);
  const isPending = request.status.status === "pending";
  // Of this very request: when another takes its place, the dialog does not go over to it.
  const [alwaysFor, setAlwaysFor] = useState<string | null>(null);
  const answer = (wish: Answer) => {
    if (wish !== "allow-repository") prompt.answer(wish === "allow-once" ? briefAllowance(request).answer : wish);
    else if (prompt.mayAnswer(wish)) setAlwaysFor(prompt.version);
  };
  const root = useRef<HTMLElement>(null);
  useAnswerKeys(root, answer, isPending);
  useAnswerCommands(request, isPending);
  useFocusAtEnd(root, isPending);
  const { verdict } = request;
  return (
    <PromptFrame
      request={request}
      place={place}
      label="Request"
      title={questionFor(request.request, verdict)}
      lead={
        <>
          <span className="strong">{request.agentName}</span> in <span className="strong">{request.repositoryName}</span>
          <span className="prompt-wish"> wants to {requestWish(request.request)}.</span>
        </>
      }
      then="then denied"
      side={side}
      problem={prompt.problem}
      foot={<AnswerBar request={request} place={place} prompt={prompt} onAnswer={answer} />}
      frameRef={root}
    >
      <CommandFrame
        key={prompt.version}
        text={requestLaidOut(request.request)}
        verdict={verdict}
        onRead={prompt.read}
        {...(focusRef === undefined ? {} : { focusRef })}
      />
      {request.edit !== null && <EditFrame key={`${prompt.version} edit`} edit={request.edit} onRead={prompt.readEdit} />}
      <Reasons verdict={verdict} />
      <section className="section">
        <h3>What it would touch</h3>
        <dl className="facts">{touches(request)}</dl>
      </section>
      {saysMore(request) && (
        <section className="section">
          <h3>What the agent says</h3>
          <p className="quote prose-text" dir="auto">
            {request.agentWords}
          </p>
        </section>
      )}
      {alwaysFor === prompt.version && isPending && (
        <AlwaysDialog
          request={request}
          onClose={() => setAlwaysFor(null)}
          onAllow={(rule) => {
            setAlwaysFor(null);
            prompt.answer("allow-repository", rule);
          }}
        />
      )}
    </PromptFrame>
  );
}

/** For the list of keys: they are pressed by `useAnswerKeys`. */
function useAnswerCommands(request: PermissionRequest, isPending: boolean): void {
  const brief = briefAllowance(request);
  const words: Readonly<Record<Answer, string>> = {
    "allow-once": brief.words,
    "allow-run": "Allow for this run",
    "allow-hour": "Allow for an hour in this task",
    "allow-repository": "Always allow like this: shows the rule first",
    deny: "Deny and stop the run",
    "deny-run": "Deny all that this run asks",
  };
  useCommands(
    (isPending ? Answer.options : []).map((answer) => ({
      id: `approvals.${answer}`,
      label: words[answer],
      group: "This request",
      keys: [answerKeys[answer]],
      inPalette: false,
      run: () => {},
    })),
  );
}

/** What is risky about it first, then what kept the rules from deciding. */
function Reasons({ verdict }: { readonly verdict: Verdict }) {
  const risks = risksExplained(verdict);
  if (risks.length + verdict.reasons.length === 0) return null;
  return (
    <section className="section">
      <h3>Why it asks</h3>
      <ul className="reasons">
        {risks.map(({ word, icon, sentence, isGrave }) => (
          <li key={word}>
            <Icon name={icon} className={isGrave ? "is-deny" : "is-ask"} />
            <span>
              <span className={`risk-name ${isGrave ? "is-deny" : "is-ask"}`}>{word}.</span> {sentence}
            </span>
          </li>
        ))}
        {verdict.reasons.map((reason) => (
          <li key={reason}>
            <Icon name="question" className="is-ask" />
            <span>{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Many agents only repeat their command. */
function saysMore({ agentWords, request }: PermissionRequest): boolean {
  const said = agentWords?.trim() ?? "";
  return said !== "" && said !== requestText(request).trim();
}
