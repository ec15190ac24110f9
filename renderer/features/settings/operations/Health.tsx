import type { HealthCheck, HealthReport } from "#shared/contract/health.ts";
import { useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { CopyButton } from "../../../ui/CopyButton.tsx";
import { writeClock } from "../../../ui/format.ts";
import { Icon, type IconName } from "../../../ui/Icon.tsx";
import { ErrorNote, Loading } from "../../../ui/states.tsx";
import { Group } from "../rows.tsx";

const names: Readonly<Record<HealthCheck["name"], string>> = {
  "data-folder": "Data folder",
  database: "Database",
  audit: "Audit log",
  keychain: "Keychain",
  engines: "Engines",
  disk: "Disk",
  clock: "Clock",
  queues: "Queues",
  "event-loop": "Answering",
  memory: "Memory of the app",
  agents: "Memory of the agents",
  backups: "Backups",
};

const looks: Readonly<Record<HealthCheck["state"], { readonly icon: IconName; readonly look: string; readonly word: string }>> = {
  ok: { icon: "check", look: "is-allow", word: "Well" },
  warning: { icon: "alert", look: "is-ask", word: "Look at this" },
  failed: { icon: "deny", look: "is-deny", word: "Failed" },
  unknown: { icon: "question", look: "label", word: "Unknown" },
};

/** How each part does, worst first. */
export function Health() {
  const report = useRead(["health"], (client, signal) => client.health.report({}, { signal }));
  return (
    <Group title="Health">
      {report.problem !== null && (
        <ErrorNote problem={report.problem} className="m-3" action={{ label: "Look again", run: report.reload }} />
      )}
      {report.isLoading && <Loading what="health" rows={10} />}
      {report.data !== undefined && (
        <>
          <ul aria-label="Checks">
            {[...report.data.checks]
              .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
              .map((check) => (
                <li key={check.name} className="health-check">
                  <Icon name={looks[check.state].icon} className={looks[check.state].look} />
                  <span className="font-medium">{names[check.name]}</span>
                  <span className="visually-hidden">{looks[check.state].word}</span>
                  <span className="min-w-0">
                    {check.text}
                    {check.remedy !== null && <span className="soft block small">{check.remedy}</span>}
                  </span>
                </li>
              ))}
          </ul>
          <p className="flex items-center gap-3 border-b border-line px-3 py-3">
            <span className="label small num">Looked at {writeClock(report.data.at, true)}</span>
            <span className="push inline-flex items-center gap-1">
              <CopyButton text={asText(report.data)} name="Copy as text" />
              <Button size="small" onClick={report.reload}>
                Look again
              </Button>
            </span>
          </p>
          <p className="small label px-3 py-2">
            The same from a terminal, also while Gatehouse is locked or closed: <code>gatehouse health --json</code>
          </p>
        </>
      )}
    </Group>
  );
}

const order: readonly HealthCheck["state"][] = ["failed", "unknown", "warning", "ok"];

function asText({ at, checks }: HealthReport): string {
  const lines = checks.map(
    ({ name, state, text, remedy }) => `${state.padEnd(8)} ${name.padEnd(11)} ${text}${remedy === null ? "" : ` -> ${remedy}`}`,
  );
  return [`Gatehouse health, ${new Date(at).toISOString()}`, ...lines, ""].join("\n");
}
