import { useState } from "react";
import type { AuditFilter, AuditStep } from "#shared/contract/audit.ts";
import { writeUsd } from "#shared/domain/money.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { writeNumber } from "../../ui/format.ts";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Chart, type Series } from "./Chart.tsx";
import { type Spend, SpendChart, useSpend } from "./SpendChart.tsx";
import "./activity.css";

/** How often a growing log is counted again while its charts are on screen, milliseconds. */
const countAgainMs = 10_000;

type Counted = Exclude<keyof AuditStep, "at">;

interface ChartOf {
  readonly title: string;
  readonly series: readonly (Series & { readonly of: Counted })[];
}

const charts: readonly ChartOf[] = [
  {
    title: "Decisions",
    series: [
      { of: "allowed", name: "Let through", colour: "--allow-line", dash: [] },
      { of: "asked", name: "Asked", colour: "--ask-line", dash: [5, 3] },
    ],
  },
  {
    title: "Denials",
    series: [
      { of: "deniedByRule", name: "By a rule", colour: "--deny-line", dash: [] },
      { of: "deniedByPerson", name: "By a person", colour: "--review-line", dash: [5, 3] },
      { of: "expired", name: "Nobody answered", colour: "--done-line", dash: [1, 3] },
    ],
  },
  {
    title: "Egress",
    series: [
      { of: "connected", name: "Connected", colour: "--running-line", dash: [] },
      { of: "connectionsRefused", name: "Refused", colour: "--deny-line", dash: [5, 3] },
    ],
  },
];

/** What was decided over time, of what matches; as charts, and as a table for whoever reads rather than looks. */
export function ActivityCharts({ filter }: { readonly filter: AuditFilter }) {
  const { text, ...indexed } = filter;
  const [isTable, setTable] = useState(false);
  const activity = useRead(
    ["audit", "activity", indexed],
    (client, signal) => client.audit.activity({ ...indexed, steps: 60 }, { signal }),
    { everyMs: countAgainMs },
  );
  const steps = activity.data?.steps ?? [];
  const spend = useSpend(filter.from, filter.to);
  return (
    <section className="activity" aria-label="Over time">
      <header className="activity-head">
        <span className="soft">
          {activity.data !== undefined && steps.length > 0 && `In steps of ${stepWords(activity.data.stepMs)}`}
          {text !== null && ". The search does not count here, the filters do"}
        </span>
        <Button size="small" look="quiet" className="push" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          As a table
        </Button>
      </header>
      {activity.problem !== null && <ErrorNote problem={activity.problem} className="m-3" />}
      {activity.isLoading && <Loading what="what happened over time" rows={3} />}
      {activity.data !== undefined && steps.length === 0 && <EmptyState>Nothing that matches was decided.</EmptyState>}
      {steps.length > 0 && !isTable && (
        <div className="charts">
          {charts.map(({ title, series }) => (
            <Chart
              key={title}
              title={title}
              series={series}
              times={steps.map(({ at }) => at)}
              values={series.map(({ of }) => steps.map((step) => step[of]))}
            />
          ))}
          <SpendChart spend={spend} />
        </div>
      )}
      {steps.length > 0 && (
        <div className={isTable ? "activity-table" : "visually-hidden"}>
          <StepTable steps={steps} />
          <SpendTable spend={spend} />
        </div>
      )}
    </section>
  );
}

function SpendTable({ spend }: { readonly spend: Spend }) {
  if (spend.length === 0) return null;
  return (
    <table className="table table-small">
      <caption className="visually-hidden">What calls of models cost each day, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col" className="end">
            Known cost
          </th>
          <th scope="col" className="end">
            Calls of unknown cost
          </th>
        </tr>
      </thead>
      <tbody>
        {spend.toReversed().map(({ key, sum }) => (
          <tr key={key}>
            <th scope="row" className="num">
              {key}
            </th>
            <td className="num end">{writeUsd(sum.cost)}</td>
            <td className="num end">{writeNumber(sum.unknownCost)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function StepTable({ steps }: { readonly steps: readonly AuditStep[] }) {
  const columns = charts.flatMap(({ title, series }) => series.map(({ of, name }) => ({ of, name: `${title}: ${name.toLowerCase()}` })));
  return (
    <table className="table table-small">
      <caption className="visually-hidden">What was decided over time, newest first</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          {columns.map(({ of, name }) => (
            <th key={of} scope="col" className="end">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {steps.toReversed().map((step) => (
          <tr key={step.at}>
            <th scope="row" className="num">
              {new Date(step.at).toISOString().slice(0, 16).replace("T", " ")}
            </th>
            {columns.map(({ of }) => (
              <td key={of} className="num end">
                {writeNumber(step[of])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function stepWords(stepMs: number): string {
  const units = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1_000, "second"],
  ] as const;
  const [unitMs, unit] = units.find(([each]) => stepMs % each === 0) ?? [1_000, "second"];
  const count = Math.round(stepMs / unitMs);
  return count === 1 ? `one ${unit}` : `${count} ${unit}s`;
}
