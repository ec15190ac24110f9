import { type FormEvent, type ReactNode, useState } from "react";
import type { AllowedEgress, RegistryPreset } from "#shared/contract/egress.ts";
import type { Task } from "#shared/contract/task.ts";
import type { Problem } from "../../../rpc/problem.ts";
import { useChange, useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { Field } from "../../../ui/Field.tsx";
import { EmptyState, ErrorNote, Loading } from "../../../ui/states.tsx";
import { bareRule } from "./egress-words.ts";
import { writeAgo } from "../../../ui/format.ts";
import { useNow } from "../../../ui/use-now.ts";

/** Where this task, and every run of its repository, may connect without asking. Both hold at once, also for a run that goes on. */
export function AllowlistDialog({ task, onClose }: { readonly task: Task; readonly onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="What it may reach without asking">
      <p className="soft">
        Both lists hold from now on, also for a run that goes on: what you remove is cut at once. A rule that denies holds against them, and
        whatever none of them names is asked about.
      </p>
      <TaskList task={task} />
      <RepositoryList task={task} />
    </Dialog>
  );
}

function TaskList({ task: { id: taskId } }: { readonly task: Task }) {
  const key = ["egress", "task-allowlist", taskId];
  const held = useRead(key, (client, signal) => client.egress.taskAllowlist({ taskId }, { signal }));
  const change = useChange((client, rules: readonly string[]) => client.egress.setTaskAllowlist({ taskId, rules: [...rules] }), {
    reloads: [key],
  });
  const rules = held.data ?? [];
  return (
    <List
      title="This task only"
      isLoaded={held.data !== undefined}
      problem={change.problem ?? held.problem}
      empty="Nothing beyond what the rules and the repository allow."
      onAdd={(rule) => change.run([...rules, rule])}
      isBusy={change.isRunning}
    >
      {rules.map((rule) => (
        <Row key={rule} name={rule} rules={[rule]} isHeld onChange={() => change.run(rules.filter((one) => one !== rule))} />
      ))}
    </List>
  );
}

interface Change {
  readonly rules: readonly string[];
  readonly isAdded: boolean;
}

function RepositoryList({ task: { repositoryId, repositoryName } }: { readonly task: Task }) {
  const key = ["egress", "allowlist", repositoryId];
  const now = useNow();
  const allowed = useRead(key, (client, signal) => client.egress.allowlist({ repositoryId }, { signal }));
  const presets = useRead(["egress", "presets"], (client, signal) => client.egress.presets({}, { signal }));
  const change = useChange(
    (client, { rules, isAdded }: Change) => client.egress[isAdded ? "allow" : "disallow"]({ repositoryId, rules: [...rules] }),
    { reloads: [key] },
  );
  const rows = allowed.data ?? [];
  const held = new Set(rows.map(({ rule }) => rule));
  const offered = presets.data ?? [];
  const others = rows.filter(({ rule }) => !offered.some(({ rules }) => rules.includes(rule)));
  const note = ({ addedAt, addedBy }: AllowedEgress) => `${addedBy}, ${writeAgo(addedAt, now)}`;
  return (
    <List
      title={`Every run of ${repositoryName}`}
      isLoaded={allowed.data !== undefined && presets.data !== undefined}
      problem={change.problem ?? allowed.problem ?? presets.problem}
      empty="No package manager of yours names a registry, and nothing is allowed yet."
      onAdd={(rule) => change.run({ rules: [rule], isAdded: true })}
      isBusy={change.isRunning}
    >
      {others.map((one) => (
        <Row
          key={one.rule}
          name={one.rule}
          rules={[one.rule]}
          note={note(one)}
          isHeld
          onChange={() => change.run({ rules: [one.rule], isAdded: false })}
        />
      ))}
      {offered.map((preset) => (
        <Preset key={preset.tool} preset={preset} held={held} onChange={(isAdded) => change.run({ rules: preset.rules, isAdded })} />
      ))}
    </List>
  );
}

function Preset({
  preset: { tool, source, rules },
  held,
  onChange,
}: {
  readonly preset: RegistryPreset;
  readonly held: ReadonlySet<string>;
  readonly onChange: (isAdded: boolean) => void;
}) {
  const isHeld = rules.every((rule) => held.has(rule));
  const name = `${tool} packages`;
  return <Row name={name} title={name} rules={rules} note={`from ${source}`} isHeld={isHeld} onChange={() => onChange(!isHeld)} />;
}

function List({
  title,
  isLoaded,
  problem,
  empty,
  onAdd,
  isBusy,
  children,
}: {
  readonly title: string;
  readonly isLoaded: boolean;
  readonly problem: Problem | null;
  readonly empty: string;
  readonly onAdd: (rule: string) => void;
  readonly isBusy: boolean;
  readonly children: readonly ReactNode[] | readonly (readonly ReactNode[])[];
}) {
  const [host, setHost] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (host.trim() === "" || isBusy) return;
    onAdd(asRule(host));
    setHost("");
  };
  return (
    <section className="allowlist-part" aria-label={title}>
      <h3>{title}</h3>
      {problem !== null && <ErrorNote problem={problem} />}
      {isLoaded ? (
        <ul className="allowlist">{children.flat().length === 0 ? <EmptyState>{empty}</EmptyState> : children}</ul>
      ) : (
        problem === null && <Loading what="the allowlist" rows={2} />
      )}
      <form className="allowlist-add" onSubmit={add}>
        <Field
          label={`Host to allow: ${title.toLowerCase()}`}
          placeholder="docs.example.com:443 or *.example.com"
          value={host}
          onChange={(event) => setHost(event.target.value)}
          className="flex-1 allowlist-host"
        />
        <Button type="submit" size="medium" off={host.trim() === "" ? "Name a host first" : isBusy ? "It is being changed" : false}>
          Allow
        </Button>
      </form>
    </section>
  );
}

function Row({
  name,
  title,
  rules,
  note,
  isHeld,
  onChange,
}: {
  readonly name: string;
  readonly title?: string;
  readonly rules: readonly string[];
  readonly note?: string;
  readonly isHeld: boolean;
  readonly onChange: () => void;
}) {
  return (
    <li className="allowlist-row">
      <div className="flex-1 min-w-0">
        {title !== undefined && <p>{title}</p>}
        {rules.map((rule) => (
          <code key={rule} className="allowlist-rule">
            {bareRule(rule)}
          </code>
        ))}
        {note !== undefined && <p className="label small">{note}</p>}
      </div>
      <Button size="small" aria-label={`${isHeld ? "Remove" : "Allow"} ${name}`} onClick={onChange}>
        {isHeld ? "Remove" : "Allow"}
      </Button>
    </li>
  );
}

/** People paste addresses, and rules: both name a host. */
function asRule(text: string): string {
  const words = text.trim();
  if (words.startsWith("egress(")) return words;
  return `egress(${words.replace(/^[a-z]+:\/\//i, "").replace(/\/$/, "")})`;
}
