import type { ReactNode } from "react";
import type { QuestionField, QuestionForm, QuestionValue } from "#shared/contract/question.ts";
import { Field, Labelled, TextArea } from "./Field.tsx";
import { Icon } from "./Icon.tsx";
import { Select } from "./Select.tsx";
import "./question.css";

/** What stands in a form, by the names of its fields. */
type FormValues = Readonly<Record<string, QuestionValue>>;

/** The fields of an agent's form. All of its words are the agent's: text nodes only. */
export function QuestionFields({
  form,
  values,
  problems,
  onChange,
}: {
  readonly form: QuestionForm;
  readonly values: FormValues;
  /** What is wrong, by the names of the fields. */
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (name: string, value: QuestionValue) => void;
}) {
  return (
    <div className="question-fields">
      {form.fields.map((field) => (
        <OneField
          key={field.name}
          field={field}
          value={values[field.name]}
          error={problems.get(field.name)}
          onChange={(value) => onChange(field.name, value)}
        />
      ))}
    </div>
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
