import type { TimelineEntry } from "#shared/contract/task.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button } from "../../../ui/Button.tsx";
import { writeDuration } from "../../../ui/format.ts";
import type { IconName } from "../../../ui/Icon.tsx";
import { Row } from "./EntryRow.tsx";

type CheckEntry = Extract<TimelineEntry, { kind: "check" }>;

const looks: Readonly<Record<CheckEntry["status"], { readonly icon: IconName; readonly look: string; readonly words: string }>> = {
  running: { icon: "half", look: "is-running", words: "runs" },
  passed: { icon: "check", look: "is-allow", words: "passed" },
  failed: { icon: "deny", look: "is-deny", words: "failed" },
  "timed-out": { icon: "clock", look: "is-deny", words: "did not end in time" },
  refused: { icon: "deny", look: "is-deny", words: "was refused by a rule" },
};

/** One of the repository's own checks, run after the agent had stopped. */
export function CheckRow({ check, onShowTerminal }: { readonly check: CheckEntry; readonly onShowTerminal: (id: string) => void }) {
  const { icon, look, words } = looks[check.status];
  const { terminalId } = check;
  const facts = [
    check.round > 1 ? `round ${check.round}` : "",
    check.status === "failed" && check.exitCode !== null ? `exit code ${check.exitCode}` : "",
    check.durationMs === null ? "" : writeDuration(check.durationMs),
  ];
  return (
    <Row
      icon={icon}
      look={look}
      head={`Check ${escapeControls(check.name)} ${words}`}
      note={facts.filter(Boolean).join(", ")}
      at={check.at}
    >
      <p className="flex flex-wrap items-center gap-x-3">
        <code className="clip soft">{escapeControls(check.command)}</code>
        {terminalId !== null && (
          <Button size="small" icon="terminal" onClick={() => onShowTerminal(terminalId)}>
            Show its output
          </Button>
        )}
      </p>
    </Row>
  );
}
