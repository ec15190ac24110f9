import { useState } from "react";
import type { AuditFilter } from "#shared/contract/audit.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field } from "../../ui/Field.tsx";
import { type Option, Select } from "../../ui/Select.tsx";
import { type AuditWish, everything, narrowings, type Span, spanOf, spans } from "./audit-wish.ts";
import { useTaskChoices } from "./task-choices.ts";

const nouns = [
  { value: "any", label: "Any event" },
  { value: "tool", label: "Tool calls" },
  { value: "permission", label: "Permissions" },
  { value: "policy", label: "Rules" },
  { value: "task", label: "Tasks" },
  { value: "sandbox", label: "Sandboxes" },
  { value: "git", label: "Git hand-over" },
  { value: "agent", label: "Agents" },
  { value: "egress", label: "Egress" },
  { value: "vault", label: "Vault" },
  { value: "secret", label: "Use of secrets" },
  { value: "unlock", label: "Unlock and lock" },
  { value: "terminal", label: "Your shells" },
  { value: "repository", label: "Repositories" },
  { value: "settings", label: "Settings" },
  { value: "audit", label: "The log itself" },
];

const outcomes = [
  { value: "any", label: "Any outcome" },
  { value: "done", label: "Done" },
  { value: "failed", label: "Failed" },
  { value: "refused", label: "Refused" },
  { value: "unknown", label: "Unknown" },
] as const;

/** What the log is filtered by, one control for each thing that its index knows. */
export function FilterBar({ wish, onChange }: { readonly wish: AuditWish; readonly onChange: (wish: AuditWish) => void }) {
  const names = useRead(["audit", "names"], (client, signal) => client.audit.names({}, { signal })).data;
  const tasks = useTaskChoices();
  const [isAskingTimes, setAskingTimes] = useState(false);
  const { filter } = wish;
  const set = (by: Partial<AuditFilter>) => onChange({ ...wish, filter: { ...filter, ...by } });
  const choice = (value: string | null, change: (next: string | null) => void, label: string, options: readonly Option<string>[]) => (
    <Select
      label={label}
      value={value ?? "any"}
      options={value === null || options.some((option) => option.value === value) ? options : [...options, { value, label: value }]}
      onChange={(next) => change(next === "any" ? null : next)}
      className={`field-small audit-choice ${value === null ? "" : "is-set"}`}
    />
  );
  const actors = (names?.actors ?? []).map((name) => name.replace(/^person:/, ""));
  return (
    <div className="audit-filters" role="group" aria-label="Filter">
      <Select
        label="Time"
        value={spanOf(wish)}
        options={[...spans, { value: "between", label: "Between…" }]}
        onChange={(span: Span) => {
          if (span === "between") setAskingTimes(true);
          else
            onChange({
              filter: { ...filter, from: null, to: null },
              withinMs: spans.find(({ value }) => value === span)?.withinMs ?? null,
            });
        }}
        className={`field-small audit-choice ${spanOf(wish) === "any" ? "" : "is-set"}`}
      />
      {choice(filter.verb, (verb) => set({ verb }), "Event", [...nouns, ...verbChoices(names?.verbs ?? [])])}
      {choice(filter.actor, (actor) => set({ actor }), "By", [{ value: "any", label: "By anyone" }, ...actors.map(actorChoice)])}
      <Select
        label="Outcome"
        value={filter.outcome ?? "any"}
        options={outcomes}
        onChange={(next) => set({ outcome: next === "any" ? null : next })}
        className={`field-small audit-choice ${filter.outcome === null ? "" : "is-set"}`}
      />
      {choice(filter.taskId, (taskId) => set({ taskId }), "Task", tasks)}
      {choice(filter.secret, (secret) => set({ secret }), "Secret", [
        { value: "any", label: "Any secret" },
        ...(names?.secrets ?? []).map(plain),
      ])}
      <RuleField value={filter.rule} rules={names?.rules ?? []} onChange={(rule) => set({ rule })} />
      {filter.runId !== null && (
        <Button size="small" look="quiet" icon="close" onClick={() => set({ runId: null })}>
          Run {filter.runId}
        </Button>
      )}
      {narrowings(wish) > 0 && (
        <Button size="small" look="quiet" onClick={() => onChange({ ...everything, filter: { ...everything.filter, text: filter.text } })}>
          Clear
        </Button>
      )}
      {isAskingTimes && (
        <TimesDialog
          filter={filter}
          onClose={() => setAskingTimes(false)}
          onTimes={(from, to) => {
            setAskingTimes(false);
            onChange({ filter: { ...filter, from, to }, withinMs: null });
          }}
        />
      )}
    </div>
  );
}

function plain(name: string): Option<string> {
  return { value: name, label: name };
}

function verbChoices(verbs: readonly string[]): readonly Option<string>[] {
  return [...verbs].sort().map((verb) => ({ value: verb, label: verb }));
}

function actorChoice(name: string): Option<string> {
  return { value: name, label: name === "agent" ? "An agent" : name === "gatehouse" ? "Gatehouse" : name };
}

/** Rules are many: part of the text is enough. */
function RuleField({
  value,
  rules,
  onChange,
}: {
  readonly value: string | null;
  readonly rules: readonly string[];
  readonly onChange: (rule: string | null) => void;
}) {
  return (
    <label className={`field field-small audit-choice audit-rule ${value === null ? "" : "is-set"}`}>
      <input
        aria-label="Rule"
        placeholder="Any rule"
        list="audit-rules"
        spellCheck={false}
        autoComplete="off"
        maxLength={2_000}
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value === "" ? null : event.target.value)}
      />
      <datalist id="audit-rules">
        {rules.slice(0, 200).map((rule) => (
          <option key={rule} value={rule}>
            {rule}
          </option>
        ))}
      </datalist>
    </label>
  );
}

function TimesDialog({
  filter,
  onClose,
  onTimes,
}: {
  readonly filter: AuditFilter;
  readonly onClose: () => void;
  readonly onTimes: (from: number | null, to: number | null) => void;
}) {
  const [from, setFrom] = useState(localTime(filter.from));
  const [to, setTo] = useState(localTime(filter.to));
  const isBackwards = from !== "" && to !== "" && Date.parse(from) > Date.parse(to);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Entries between two times"
      foot={
        <>
          <Button className="push" onClick={onClose}>
            Cancel
          </Button>
          <Button
            look="primary"
            off={isBackwards ? "The end lies before the beginning" : false}
            onClick={() => onTimes(timeOf(from), timeOf(to))}
          >
            Show
          </Button>
        </>
      }
    >
      <div className="grid gap-3">
        <Field label="From" type="datetime-local" step={1} value={from} onChange={(event) => setFrom(event.target.value)} />
        <Field
          label="To"
          type="datetime-local"
          step={1}
          value={to}
          error={isBackwards ? "The end lies before the beginning." : null}
          hint="In your own time zone; leave one empty for no limit."
          onChange={(event) => setTo(event.target.value)}
        />
      </div>
    </Dialog>
  );
}

function timeOf(text: string): number | null {
  const at = text === "" ? Number.NaN : Date.parse(text);
  return Number.isFinite(at) ? at : null;
}

function localTime(at: number | null): string {
  return at === null ? "" : new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
