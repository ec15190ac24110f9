import { useRead } from "../../rpc/queries.ts";
import { writeUsd } from "#shared/domain/money.ts";
import { Chart, type Series } from "./Chart.tsx";

const series: readonly Series[] = [{ name: "Known cost of models", colour: "--accent", dash: [] }];
const micros = 1_000_000;

/** A day's spend, of all days or of those between `from` and `to`. It follows the times of the filter and nothing else. */
export function useSpend(from: number | null, to: number | null) {
  const span = { from: dayOf(from), to: dayOf(to) };
  return useRead(["usage", "totals", "day", span], (client, signal) => client.usage.totals({ by: "day", ...span }, { signal })).data ?? [];
}

export type Spend = ReturnType<typeof useSpend>;

export function SpendChart({ spend }: { readonly spend: Spend }) {
  if (spend.length === 0) {
    return (
      <figure className="chart">
        <figcaption>
          <b>Spend</b>
        </figcaption>
        <p className="label small">No call of a model has been counted.</p>
      </figure>
    );
  }
  const days = spend.map(({ key }) => Date.parse(`${key}T00:00:00Z`));
  const [only = 0] = days;
  // A line needs two ends: a single day is drawn as one that lasts until the next.
  const times = days.length === 1 ? [only, only + 86_400_000] : days;
  const costs = spend.map(({ sum }) => sum.cost / micros);
  return (
    <Chart
      title="Spend a day"
      series={series}
      times={times}
      values={[days.length === 1 ? [costs[0] ?? 0, costs[0] ?? 0] : costs]}
      writeValue={writeDollars}
    />
  );
}

function writeDollars(dollars: number): string {
  return writeUsd(Math.round(dollars * micros));
}

function dayOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString().slice(0, 10);
}
