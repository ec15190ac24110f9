import { useId } from "react";
import type { SecretPlace } from "#shared/contract/vault.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Select } from "../../ui/Select.tsx";
import { type BindingDraft, newBinding, placeWords } from "./bindings-draft.ts";

/** Where the value may be sent, and where in the request it is put. */
export function BindingsEditor({
  drafts,
  problem,
  onChange,
}: {
  readonly drafts: readonly BindingDraft[];
  readonly problem: { readonly at: number; readonly words: string } | null;
  readonly onChange: (drafts: readonly BindingDraft[]) => void;
}) {
  const change = (at: number, part: Partial<BindingDraft>) =>
    onChange(drafts.map((draft, index) => (index === at ? { ...draft, ...part } : draft)));
  return (
    <fieldset className="grid gap-2">
      <legend className="field-label">Where it may go</legend>
      {drafts.map((draft, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a destination is known by its place
        <div key={at} className="destination">
          <Line label="Host" value={draft.host} placeholder="api.example.com" onChange={(host) => change(at, { host })} />
          <Line label="Methods" value={draft.methods} placeholder="any" onChange={(methods) => change(at, { methods })} />
          <Line label="Paths begin with" value={draft.paths} placeholder="any" onChange={(paths) => change(at, { paths })} />
          <div>
            <span className="field-label">Place</span>
            <Select<SecretPlace["kind"]>
              label={`Place of destination ${at + 1}`}
              value={draft.place}
              options={(["header", "basic", "field"] as const).map((value) => ({ value, label: placeWords[value].label }))}
              onChange={(place) => change(at, { place, where: placeWords[place].usual, prefix: "" })}
            />
          </div>
          <Line label={placeWords[draft.place].where} value={draft.where} placeholder="" onChange={(where) => change(at, { where })} />
          {draft.place === "header" ? (
            <Line label="Before the value" value={draft.prefix} placeholder="nothing" onChange={(prefix) => change(at, { prefix })} />
          ) : (
            <span />
          )}
          <IconButton
            icon="close"
            name={`Remove destination ${at + 1}`}
            onClick={() => onChange(drafts.filter((_, index) => index !== at))}
          />
          {problem?.at === at && (
            <p className="field-error destination-problem" role="alert">
              {problem.words}
            </p>
          )}
        </div>
      ))}
      <p className="flex items-center gap-3">
        <Button size="small" icon="plus" off={drafts.length >= 50 ? "50 at most" : false} onClick={() => onChange([...drafts, newBinding])}>
          {drafts.length === 0 ? "Name a host" : "Or another"}
        </Button>
        <span className="small label">
          {drafts.length === 0
            ? "The gateway sends it nowhere yet."
            : "Requests to these hosts carry it from now on, also from runs that go on. A program that insists on a key of its own sees a placeholder only if it is started with a later run."}
        </span>
      </p>
    </fieldset>
  );
}

function Line({
  label,
  value,
  placeholder,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div>
      <label className="field-label" htmlFor={id}>
        {label}
      </label>
      <div className="field">
        <input
          id={id}
          className="mono"
          spellCheck={false}
          autoComplete="off"
          value={value}
          placeholder={placeholder}
          onChange={(event) => onChange(event.target.value)}
        />
      </div>
    </div>
  );
}
