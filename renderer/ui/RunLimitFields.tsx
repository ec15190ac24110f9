import type { RunLimits } from "#shared/contract/task.ts";
import { Field } from "./Field.tsx";
import { writeDuration } from "./format.ts";

const fields = [
  { key: "wallClockMinutes", label: "Time, minutes" },
  { key: "memoryMiB", label: "Memory, MiB" },
  { key: "cpuPercent", label: "CPU, %" },
  { key: "pids", label: "Processes" },
  { key: "diskMiB", label: "Disk, MiB" },
] as const;

interface LimitsProps {
  readonly limits: RunLimits;
  readonly onChange: (limits: RunLimits) => void;
  readonly error: string | undefined;
}

/** What the sandbox of one run may use; folded, because the defaults are right as a rule. */
export function LimitFields({ limits, onChange, error }: LimitsProps) {
  return (
    <details open={error !== undefined}>
      <summary className="soft cursor-default">
        Limits <span className="label small">{summary(limits)}</span>
      </summary>
      <LimitGrid limits={limits} onChange={onChange} error={error} />
    </details>
  );
}

/** The same, open. */
export function LimitGrid({ limits, onChange, error }: LimitsProps) {
  return (
    <>
      <div className="mt-2 grid grid-cols-[repeat(auto-fit,minmax(7.5rem,1fr))] gap-3">
        {fields.map(({ key, label }) => (
          <Field
            key={key}
            label={label}
            type="number"
            inputMode="numeric"
            value={Number.isNaN(limits[key]) ? "" : limits[key]}
            onChange={(event) => onChange({ ...limits, [key]: event.target.valueAsNumber })}
          />
        ))}
      </div>
      {error !== undefined && (
        <p className="field-error" role="alert">
          <span />
          {error}
        </p>
      )}
    </>
  );
}

function summary(limits: RunLimits): string {
  const time = writeDuration(limits.wallClockMinutes * 60_000);
  return `${time}, ${limits.memoryMiB} MiB, ${limits.cpuPercent / 100} CPUs, ${limits.pids} processes, ${limits.diskMiB} MiB of disk`;
}
