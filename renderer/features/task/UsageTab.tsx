import { useState } from "react";
import type { TaintMark } from "#shared/contract/taint.ts";
import type { Task } from "#shared/contract/task.ts";
import type { TaskUsage, UsageSum } from "#shared/contract/usage.ts";
import { budgetName } from "#shared/domain/budget-words.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { taintWords } from "#shared/domain/taint-words.ts";
import { useClient } from "../../rpc/client.ts";
import { useChange } from "../../rpc/queries.ts";
import { useLive } from "../../rpc/use-live.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { TextArea } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { LimitField } from "../../ui/LimitField.tsx";
import { SpentBar } from "../../ui/SpentBar.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { Ago } from "../../ui/time.tsx";
import { usageCost, usageTokens } from "../../ui/UsageFact.tsx";
import "./side-tabs.css";

/** What the task's calls of models used and cost, what it may still spend, and what has come together in it. */
export function UsageTab({ task }: { readonly task: Task }) {
  const client = useClient();
  const live = useLive<TaskUsage, TaskUsage>(
    `usage:${task.id}`,
    (signal) => client.usage.watch({ taskId: task.id }, { signal }),
    (_, event) => event,
  );
  if (live.problem !== null && live.value === null) return <ErrorNote problem={live.problem} className="m-3" />;
  if (live.value === null) return <Loading what="the usage" rows={6} />;
  return (
    <div className="scroll">
      <Taint task={task} />
      <Budgets usage={live.value} />
      <Calls usage={live.value} />
    </div>
  );
}

function Taint({ task }: { readonly task: Task }) {
  const [isAsking, setAsking] = useState(false);
  if (task.taint.length === 0) return null;
  return (
    <section aria-label="Taint">
      <h2 className="group-head">
        Came together in this task
        {task.taint.length >= 2 && (
          <span className="is-ask">{task.taint.length === 3 ? "all three" : "two of three: the third is asked"}</span>
        )}
      </h2>
      <ul>
        {task.taint.map((mark) => (
          <Mark key={mark.ingredient} mark={mark} />
        ))}
      </ul>
      <div className="flex items-center gap-3 border-b border-line p-3">
        <p className="small label flex-1">
          Untrusted reading, private data and a way out are how data leaks. With all three, what rules allow is asked, and hosts without a
          rule or a bound secret are closed.
        </p>
        <Button size="small" onClick={() => setAsking(true)}>
          Clear…
        </Button>
      </div>
      <ClearDialog task={task} open={isAsking} onClose={() => setAsking(false)} />
    </section>
  );
}

function Mark({ mark }: { readonly mark: TaintMark }) {
  return (
    <li className="flex items-baseline gap-3 border-b border-line px-3 py-2">
      <Icon name="alert" size={14} className="is-ask self-center" />
      <span className="font-medium">{taintWords[mark.ingredient].had}</span>
      <code className="clip soft flex-1" title={escapeControls(mark.source)}>
        {escapeControls(mark.source)}
      </code>
      <span className="small label">
        <Ago at={mark.at} />
      </span>
    </li>
  );
}

function ClearDialog({ task, open, onClose }: { readonly task: Task; readonly open: boolean; readonly onClose: () => void }) {
  const [reason, setReason] = useState("");
  const clear = useChange((client, words: string) => client.taint.clear({ taskId: task.id, reason: words }), {
    onDone: () => {
      setReason("");
      onClose();
    },
  });
  const isShort = reason.trim().length < 3;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Clear the marks of this task?"
      foot={
        <DialogFoot
          action="Clear"
          look="deny"
          off={isShort ? "Say why first" : clear.isRunning ? "It is being cleared" : false}
          onAction={() => clear.run(reason)}
          onClose={onClose}
        />
      }
    >
      <p className="soft mb-3">
        What the agent has read stays in its context. Clear them only if you have looked at what it read and opened.
      </p>
      <TextArea
        label="Why"
        hint="Stays in the audit log."
        rows={3}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        error={clear.problem?.message}
      />
    </Dialog>
  );
}

function Budgets({ usage }: { readonly usage: TaskUsage }) {
  const set = useChange((client, limit: number | null) => client.usage.setTaskBudget({ taskId: usage.taskId, limit }), {
    reloads: [["usage"]],
  });
  return (
    <section aria-label="Budgets">
      <h2 className="group-head">Budgets</h2>
      {usage.budgets.map(({ scope, limit, spent }) => (
        <p key={scope} className="flex items-center gap-3 border-b border-line px-3 py-2">
          <span className="w-44">{capital(budgetName(scope))}</span>
          <SpentBar name={budgetName(scope)} spent={spent} limit={limit} />
        </p>
      ))}
      <div className="flex items-center gap-3 border-b border-line px-3 py-2">
        <span className="w-44">Limit of this task alone</span>
        <LimitField name="Limit of this task alone" limit={usage.ownLimit} placeholder="as for every task" onChange={set.run} />
      </div>
      {set.problem !== null && <ErrorNote problem={set.problem} className="m-3" />}
    </section>
  );
}

function Calls({ usage }: { readonly usage: TaskUsage }) {
  const { total, open, byModel, byRun } = usage;
  if (total.calls === 0 && open === 0) return <EmptyState>No model has been called through the gateway in this task yet.</EmptyState>;
  return (
    <section aria-label="Calls of models">
      <h2 className="group-head">
        Calls of models
        <span className="label num">
          {usageTokens(total)} · {usageCost(total)}
          {open > 0 && ` · ${open} in flight`}
        </span>
      </h2>
      <SumTable
        name="By model"
        first="Model"
        rows={byModel.map(({ model, provider, sum }) => [`${model ?? ""} ${provider}`, model ?? "unknown model", sum])}
      />
      {byRun.length > 1 && <SumTable name="By run" first="Run" rows={byRun.map(({ runId, sum }, at) => [runId, `Run ${at + 1}`, sum])} />}
      {total.unknownCost > 0 && (
        <p className="small label p-3">+ stands for calls whose cost is not known. Budgets count an estimate for them.</p>
      )}
    </section>
  );
}

function SumTable({
  name,
  first,
  rows,
}: {
  readonly name: string;
  readonly first: string;
  readonly rows: readonly (readonly [key: string, label: string, sum: UsageSum])[];
}) {
  return (
    <Table
      name={name}
      size="small"
      columns={[
        { title: first },
        { title: "Calls", width: "60px", end: true },
        { title: "Input", width: "84px", end: true },
        { title: "Cached", width: "92px", end: true },
        { title: "Output", width: "84px", end: true },
        { title: "Cost", width: "92px", end: true },
      ]}
    >
      {rows.map(([key, label, sum]) => (
        <tr key={key}>
          <td title={label}>{label}</td>
          <td className="end">{sum.calls}</td>
          <td className="end">{known(sum, sum.tokens.input)}</td>
          <td className="end">{known(sum, sum.tokens.cachedRead + sum.tokens.cacheWrite)}</td>
          <td className="end">{known(sum, sum.tokens.output)}</td>
          <td className="end">{sum.unknownCost === sum.calls ? "unknown" : usageCost(sum)}</td>
        </tr>
      ))}
    </Table>
  );
}

function known({ calls, unknownTokens }: UsageSum, count: number): string {
  return unknownTokens === calls ? "unknown" : `${count.toLocaleString("en")}${unknownTokens > 0 ? "+" : ""}`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
