import type { Settings } from "#shared/contract/settings.ts";
import { Select } from "../../../ui/Select.tsx";
import { type Change, NumberRow } from "../NumberRow.tsx";
import { Group, Row } from "../rows.tsx";

/** What all runs together may take, and what becomes of those that wait, say nothing or were cut off. */
export function Limits({ settings, onChange }: { readonly settings: Settings; readonly onChange: (change: Change) => void }) {
  const rest = { settings, onChange };
  return (
    <>
      <Group title="All runs together">
        <NumberRow
          name="Runs at once"
          hint="Over all repositories; more wait in Queued. Unattended runs that are frozen until you decide do not count."
          field="maximumRuns"
          {...rest}
        />
        <NumberRow
          name="Runs at once in one repository"
          hint="So that two agents seldom change the same code."
          field="maximumRunsPerRepository"
          {...rest}
        />
        <NumberRow
          name="Memory"
          unit="MiB"
          hint="What their limits may add up to. A task that would go beyond it waits, and its card says so."
          field="memoryBudgetMiB"
          whenEmpty="¾ of memory"
          {...rest}
        />
        <NumberRow
          name="CPU"
          unit="% of a core"
          hint="The same for processors: 100 is one whole core. Agents mostly wait for their model, so more than there is can be promised."
          field="cpuBudgetPercent"
          whenEmpty="4 × cores"
          {...rest}
        />
        <NumberRow
          name="Disk that stays free"
          unit="MiB"
          hint="With less than this on the disk of the data folder no run begins."
          field="leastFreeDiskMiB"
          {...rest}
        />
      </Group>
      <Group title="One run">
        <p className="small label border-b border-line px-3 py-3">
          Time, memory, CPU, processes and disk of one run are set with its task. Time, memory, CPU and processes are enforced by the
          engine. No engine here can cap a volume: disk is measured every half minute, and a run beyond its limit is stopped.
        </p>
        <NumberRow
          name="A question expires after"
          unit="seconds"
          hint="Then it is denied, and its run stops. Questions of unattended runs wait instead."
          field="promptExpirySeconds"
          {...rest}
        />
        <NumberRow
          name="A run looks stuck after"
          unit="minutes"
          hint="Of saying nothing. One that waits for your answer does not count."
          field="quietMinutes"
          {...rest}
        />
        <Row name="A run that looks stuck" hint="Nothing is ended unless you say so here.">
          <Select
            label="A run that looks stuck"
            className="w-56"
            value={settings.whenQuiet}
            options={[
              { value: "show", label: "Is shown, and goes on" },
              { value: "stop", label: "Is stopped" },
            ]}
            onChange={(whenQuiet) => onChange({ whenQuiet })}
          />
        </Row>
        <Row name="Work that was cut off when Gatehouse ended" hint="It goes on in its worktree, three times in a row at most.">
          <Select
            label="Work that was cut off when Gatehouse ended"
            className="w-56"
            value={settings.afterRestart}
            options={[
              { value: "go-on", label: "Goes on at the next start" },
              { value: "wait", label: "Waits for you" },
            ]}
            onChange={(afterRestart) => onChange({ afterRestart })}
          />
        </Row>
      </Group>
    </>
  );
}
