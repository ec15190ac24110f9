import { useEffect, useLayoutEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Series {
  readonly name: string;
  /** A token of the design: `--allow-line`. */
  readonly colour: string;
  /** Told apart without colour too. */
  readonly dash: readonly number[];
}

const chartHeight = 116;

/** A few series of counts over one time. Drawn for the eye alone: a table beside it says the same. */
export function Chart({
  title,
  series,
  times,
  values,
  writeValue = String,
}: {
  readonly title: string;
  readonly series: readonly Series[];
  /** Milliseconds. */
  readonly times: readonly number[];
  readonly values: readonly (readonly number[])[];
  /** What a mark on the axis says; must stay the same function. */
  readonly writeValue?: (value: number) => string;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const data: uPlot.AlignedData = [times.map((at) => at / 1_000), ...values.map((each) => [...each])];
  const latest = useRef(data);
  useLayoutEffect(() => {
    latest.current = data;
    chart.current?.setData(data);
  });
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const plot = new uPlot(optionsOf(series, element, writeValue), latest.current, element);
    chart.current = plot;
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: chartHeight }));
    resized.observe(element);
    const stopWatching = onThemeChange(() => plot.redraw(false, true));
    return () => {
      stopWatching();
      resized.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [series, writeValue]);
  return (
    <figure className="chart" aria-hidden="true">
      <figcaption>
        <b>{title}</b>
        {series.map(({ name, colour, dash }) => (
          <span key={name}>
            <svg width="16" height="8">
              <line x1="0" y1="4" x2="16" y2="4" stroke={`var(${colour})`} strokeWidth="2" strokeDasharray={dash.join(" ")} />
            </svg>
            {name}
          </span>
        ))}
      </figcaption>
      <div ref={frame} className="chart-frame" />
    </figure>
  );
}

function optionsOf(series: readonly Series[], element: HTMLElement, writeValue: (value: number) => string): uPlot.Options {
  const axis = {
    stroke: () => colourOf(element, "--text-label"),
    grid: { stroke: () => colourOf(element, "--border"), width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height: chartHeight,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _least, most) => [0, most <= 0 ? 1 : most * 1.1] } },
    axes: [
      { ...axis, space: 72, size: 24, values: (_plot, splits) => splits.map(timeWords) },
      {
        ...axis,
        space: 28,
        size: 44,
        values: (_plot, splits) => splits.map(writeValue),
        incrs: [0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 1_000_000],
      },
    ],
    series: [
      {},
      ...series.map(({ name, colour, dash }) => ({
        label: name,
        stroke: () => colourOf(element, colour),
        width: 1.5,
        dash: [...dash],
        points: { show: false },
        ...steppedPaths(),
      })),
    ],
  };
}

/** In UTC, as the list beside it counts: the day at midnight, else the time. */
function timeWords(seconds: number): string {
  const written = new Date(seconds * 1_000).toISOString();
  return seconds % 86_400 === 0 ? written.slice(5, 10) : written.slice(11, 16);
}

function steppedPaths(): { readonly paths?: uPlot.Series.PathBuilder } {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
}

/** A token is a `light-dark()`: a canvas needs the one colour that it stands for here. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function onThemeChange(redraw: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(redraw);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "data-contrast"] });
  system.addEventListener("change", redraw);
  return () => {
    chosen.disconnect();
    system.removeEventListener("change", redraw);
  };
}
