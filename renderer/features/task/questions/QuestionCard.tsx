import { type ReactNode, useState } from "react";
import type { QuestionAnswer, QuestionField, QuestionValue } from "#shared/contract/question.ts";
import type { Task, TimelineEntry } from "#shared/contract/task.ts";
import { problemOfAnswer } from "#shared/domain/question-values.ts";
import { useChange } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Field, Labelled, TextArea } from "../../../ui/Field.tsx";
import { Icon } from "../../../ui/Icon.tsx";
import { Select } from "../../../ui/Select.tsx";
import { ErrorNote } from "../../../ui/states.tsx";
import { TimeLeft } from "../../../ui/time.tsx";
import "./question.css";

type QuestionEntry = Extract<TimelineEntry, { kind: "question" }>;

/** What the agent wants to know, to be filled in. All of its words are the agent's: text nodes only. */
export function QuestionCard({ task, entry }: { readonly task: Task; readonly entry: QuestionEntry }) {
  const { form } = entry;
  const [values, setValues] = useState<Readonly<Record<string, QuestionValue>>>(() => firstValues(form.fields));
  const [isTried, setTried] = useState(false);
  const answer = useChange((client, said: QuestionAnswer) =>
    client.tasks.answerQuestion({ id: task.id, questionId: entry.id, answer: said }),
  );
  const problems = new Map(form.fields.map((field) => [field.name, problemOfAnswer(field, values[field.name])]));
  const isWrong = [...problems.values()].some((problem) => problem !== null);
  const send = () => {
    setTried(true);
    if (!isWrong && !answer.isRunning) answer.run({ action: "accept", values: filledIn(values) });
  };
  const off = answer.isRunning ? "It is being sent" : false;
  return (
    <form
      className="question"
      aria-label={`${task.agentName} asks`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <p className="question-head">
        <Icon name="message" className="is-ask" />
        <span className="font-medium">{task.agentName} asks</span>
        <span className="label small push">
          <TimeLeft until={entry.expiresAt} suffix=" left" />
        </span>
      </p>
      <p className="prose-text question-message" dir="auto">
        {form.message}
      </p>
      <div className="question-fields">
        {form.fields.map((field) => (
          <OneField
            key={field.name}
            field={field}
            value={values[field.name]}
            error={isTried ? (problems.get(field.name) ?? undefined) : undefined}
            onChange={(value) => setValues((held) => ({ ...held, [field.name]: value }))}
          />
        ))}
      </div>
      {answer.problem !== null && <ErrorNote problem={answer.problem} />}
      <div className="question-foot">
        <span className="label small">The agent sees what you send. Nothing is allowed by it.</span>
        <Button size="small" off={off} onClick={() => answer.run({ action: "cancel" })}>
          Leave it
        </Button>
        <Button size="small" off={off} onClick={() => answer.run({ action: "decline" })}>
          Decline
        </Button>
        <Button size="small" look="primary" off={off} onClick={send}>
          Send
        </Button>
      </div>
    </form>
  );
}

function OneField({
  field,
  value,
  error,
  onChange,
}: {
  readonly field: QuestionField;
  readonly value: QuestionValue | undefined;
  readonly error: string | undefined;
  readonly onChange: (value: QuestionValue) => void;
}): ReactNode {
  const label = field.isRequired ? field.title : `${field.title} (optional)`;
  const shared = { label, error, ...(field.description === "" ? {} : { hint: field.description }) };
  switch (field.kind) {
    case "text": {
      const text = typeof value === "string" ? value : "";
      const warning = field.isSecretLike && (
        <p className="small is-deny question-warning" role="note">
          <Icon name="alert" size={14} />
          <span>This looks like a password or a key. The agent will see it as you type it here. Store it in the vault instead.</span>
        </p>
      );
      return (
        <div>
          {field.maxLength > 200 && field.format === null ? (
            <TextArea {...shared} rows={2} value={text} onChange={({ target }) => onChange(target.value)} />
          ) : (
            <Field
              {...shared}
              type={field.format === "date" ? "date" : "text"}
              value={text}
              onChange={({ target }) => onChange(target.value)}
            />
          )}
          {warning}
        </div>
      );
    }
    case "number":
      return (
        <Field
          {...shared}
          type="number"
          step={field.isInteger ? 1 : "any"}
          value={typeof value === "number" ? value : ""}
          onChange={({ target }) => onChange(target.value === "" ? "" : target.valueAsNumber)}
        />
      );
    case "yes-no":
      return (
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={value === true} onChange={({ target }) => onChange(target.checked)} />
          <span dir="auto">{label}</span>
          {field.description !== "" && <span className="label small">{field.description}</span>}
        </label>
      );
    case "choice":
      return (
        <Labelled {...shared}>
          {(id) => (
            <Select
              id={id}
              value={typeof value === "string" ? value : ""}
              options={[
                ...(field.isRequired && value !== "" && value !== undefined
                  ? []
                  : [{ value: "", label: field.isRequired ? "Choose" : "None" }]),
                ...field.choices.map((choice) => ({
                  value: choice.value,
                  label: choice.title,
                  ...(choice.description === "" ? {} : { hint: choice.description }),
                })),
              ]}
              onChange={onChange}
            />
          )}
        </Labelled>
      );
    case "choices": {
      const chosen = Array.isArray(value) ? value : [];
      return (
        <fieldset>
          <legend className="field-label">{label}</legend>
          {field.choices.map((choice) => (
            <label key={choice.value} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={chosen.includes(choice.value)}
                onChange={({ target }) =>
                  onChange(target.checked ? [...chosen, choice.value] : chosen.filter((one) => one !== choice.value))
                }
              />
              <span dir="auto">{choice.title}</span>
              {choice.description !== "" && <span className="label small">{choice.description}</span>}
            </label>
          ))}
          {error !== undefined && <p className="field-error">{error}</p>}
        </fieldset>
      );
    }
  }
}

function firstValues(fields: readonly QuestionField[]): Record<string, QuestionValue> {
  return Object.fromEntries(
    fields.flatMap((field): (readonly [string, QuestionValue])[] =>
      field.default === null || field.default === "" ? [] : [[field.name, field.default]],
    ),
  );
}

/** What was left out is not sent. */
function filledIn(values: Readonly<Record<string, QuestionValue>>): Record<string, QuestionValue> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0)));
}
