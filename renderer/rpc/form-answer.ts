import { useState } from "react";
import type { QuestionRequest } from "#shared/contract/permission.ts";
import type { QuestionAnswer, QuestionField, QuestionValue } from "#shared/contract/question.ts";
import { problemOfAnswer } from "#shared/domain/question-values.ts";
import { useClient } from "./client.ts";
import { type FormValues, putDraft, useDrafts } from "./form-drafts.ts";
import { putRequest } from "./permissions-store.ts";
import { type Problem, toProblem } from "./problem.ts";

export interface FormAnswer {
  readonly values: FormValues;
  readonly change: (name: string, value: QuestionValue) => void;
  /** What is wrong, by the names of the fields; none before somebody has tried to send it. */
  readonly problems: ReadonlyMap<string, string>;
  /** Sends it, or shows what is wrong first. */
  readonly send: () => void;
  readonly decline: () => void;
  /** Leaves it: the agent hears neither a yes nor a no. */
  readonly leave: () => void;
  readonly isRunning: boolean;
  readonly problem: Problem | null;
}

/** A form that waits, being filled in. */
export function useFormAnswer(request: QuestionRequest, onAnswered?: (request: QuestionRequest) => void): FormAnswer {
  const client = useClient();
  const { id, nonce, form, status } = request;
  const draft = useDrafts((drafts) => drafts.get(id));
  const values = draft ?? firstValues(form.fields);
  const [isTried, setTried] = useState(false);
  const [isRunning, setRunning] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const found = form.fields.flatMap((field) => {
    const wrong = problemOfAnswer(field, values[field.name]);
    return wrong === null ? [] : [[field.name, wrong] as const];
  });
  const give = async (answer: QuestionAnswer) => {
    if (isRunning || status.status !== "pending") return;
    setRunning(true);
    setProblem(null);
    try {
      const settled = await client.permissions.answerQuestion({ id, nonce, answer });
      putDraft(id, null);
      putRequest(settled);
      onAnswered?.(settled);
    } catch (error) {
      setProblem(toProblem(error));
    } finally {
      setRunning(false);
    }
  };
  return {
    values,
    change: (name, value) => putDraft(id, { ...values, [name]: value }),
    problems: new Map(isTried ? found : []),
    send: () => {
      setTried(true);
      if (found.length === 0) void give({ action: "accept", values: filledIn(values) });
    },
    decline: () => void give({ action: "decline" }),
    leave: () => void give({ action: "cancel" }),
    isRunning,
    problem,
  };
}

function firstValues(fields: readonly QuestionField[]): FormValues {
  return Object.fromEntries(
    fields.flatMap((field): (readonly [string, QuestionValue])[] =>
      field.default === null || field.default === "" ? [] : [[field.name, field.default]],
    ),
  );
}

/** What was left out is not sent. */
function filledIn(values: FormValues): Record<string, QuestionValue> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0)));
}
