import { useState } from "react";
import type { UsageSum } from "#shared/contract/usage.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeUsd } from "#shared/domain/money.ts";
import { useRead } from "../../rpc/queries.ts";
import { EmptyState, ErrorNote } from "../../ui/states.tsx";
import { Table } from "../../ui/Table.tsx";
import { usageCost, usageDetail, usageTokens } from "../../ui/UsageFact.tsx";

const groupings = { model: "Model", repository: "Repository", task: "Task", provider: "Endpoint" } as const;
type Grouping = keyof typeof groupings;
const isGrouping = (word: string): word is Grouping => Object.hasOwn(groupings, word);

const dayMs = 86_400_000;
const shownDays = 30;

/** What was spent in the last 30 days, by day and by what it was for. */
export function Spending() {
  const [by, setBy] = useState<Grouping>("model");
  const from = dayBefore(shownDays - 1);
  const days = useRead(["usage", "totals", "day", from], (client, signal) => client.usage.totals({ by: "day", from }, { signal }));
  const rows = useRead(["usage", "totals", by, from], (client, signal) => client.usage.totals({ by, from }, { signal }));
  const problem = days.problem ?? rows.problem;
  return (
    <section aria-label="Spending">
      <h2 className="group-head">
        Spending
        <span className="label">the last {shownDays} days</span>
        <span className="joined push" role="group" aria-label="By">
          {Object.entries(groupings).map(([value, label]) => (
            <button
              key={value}
              type="button"
              className="btn btn-small"
              aria-pressed={by === value}
              onClick={() => isGrouping(value) && setBy(value)}
            >
              {label}
            </button>
          ))}
        </span>
      </h2>
      {problem !== null && <ErrorNote problem={problem} className="m-3" />}
      {days.data !== undefined && days.data.length > 0 && <Days days={days.data} />}
      {rows.data?.length === 0 && <EmptyState>No model has been called through the gateway in this time.</EmptyState>}
      {rows.data !== undefined && rows.data.length > 0 && (
        <Table
          name={`Spending by ${groupings[by].toLowerCase()}`}
          size="small"
          columns={[
            { title: groupings[by] },
            { title: "Calls", width: "80px", end: true },
            { title: "Tokens", width: "140px", end: true },
            { title: "Cost", width: "120px", end: true },
          ]}
        >
          {rows.data.map(({ key, label, sum }) => (
            <tr key={key}>
              <td title={escapeControls(label)}>{escapeControls(label)}</td>
              <td className="end">{sum.calls.toLocaleString("en")}</td>
              <td className="end" title={usageDetail(sum)}>
                {usageTokens(sum).replace(" tokens", "").replace("tokens ", "")}
              </td>
              <td className="end">{usageCost(sum).replace("cost ", "")}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Days({ days }: { readonly days: readonly { readonly key: string; readonly sum: UsageSum }[] }) {
  const costs = new Map(days.map(({ key, sum }) => [key, sum]));
  const highest = Math.max(1, ...days.map(({ sum }) => sum.cost));
  const total = days.reduce((all, { sum }) => all + sum.cost, 0);
  return (
    <div className="spend-days" role="img" aria-label={`${writeUsd(total)} in ${shownDays} days, at most ${writeUsd(highest)} a day`}>
      {Array.from({ length: shownDays }, (_, at) => dayBefore(shownDays - 1 - at)).map((day) => {
        const sum = costs.get(day);
        return (
          <i
            key={day}
            className="spend-day"
            style={{ height: `${((sum?.cost ?? 0) / highest) * 100}%` }}
            title={`${day}: ${sum === undefined ? writeUsd(0) : usageCost(sum)}`}
          />
        );
      })}
    </div>
  );
}

/** A calendar day where the window is, `YYYY-MM-DD`. */
function dayBefore(days: number): string {
  const date = new Date(Date.now() - days * dayMs);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
