import { useMemo, useState } from "react";
import { RunId, type TaskId } from "#shared/contract/ids.ts";
import type { EgressRow } from "#shared/contract/egress.ts";
import type { Task } from "#shared/contract/task.ts";
import { useClient } from "../../../rpc/client.ts";
import { type Problem, toProblem } from "../../../rpc/problem.ts";
import { useChange } from "../../../rpc/queries.ts";
import { useLive } from "../../../rpc/use-live.ts";
import { Button, IconButton } from "../../../ui/Button.tsx";
import { writeBytes, writeCount } from "../../../ui/format.ts";
import { Icon } from "../../../ui/Icon.tsx";
import { Select } from "../../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../../ui/states.tsx";
import { Tag } from "../../../ui/Tag.tsx";
import { AllowlistDialog } from "./AllowlistDialog.tsx";
import { EgressDetail } from "./EgressDetail.tsx";
import { type EgressState, foldEgress, joinRows, matchesFilter } from "./egress-state.ts";
import { EgressTable } from "./EgressTable.tsx";
import { wayWords } from "./egress-words.ts";
import "./egress.css";

type Wish = EgressRow["status"] | "all";

const wishes: readonly { readonly value: Wish; readonly label: string }[] = [
  { value: "all", label: "All" },
  { value: "open", label: "Open" },
  { value: "waiting", label: "Waiting" },
  { value: "done", label: "Done" },
  { value: "refused", label: "Refused" },
  { value: "failed", label: "Failed" },
  { value: "cut-off", label: "Cut off" },
];

const pageRows = 200;

/** Every connection out of this task's sandboxes, live, with what decided it; and the switch that ends them all. */
export function EgressTab({ task }: { readonly task: Task }) {
  const taskId = task.id;
  const client = useClient();
  const live = useLive(`egress:${taskId}`, (signal) => client.egress.watch({ taskId }, { signal }), foldEgress);
  const [text, setText] = useState("");
  const [status, setStatus] = useState<Wish>("all");
  const [selected, setSelected] = useState<string | null>(null);
  const older = useOlderRows(taskId, text, status);
  const rows = useMemo(() => {
    const now = (live.value?.rows ?? []).filter((row) => matchesFilter(row, text, status));
    return joinRows(now, older.rows);
  }, [live.value, older.rows, text, status]);
  const chosen = rows.find(({ id }) => id === selected) ?? null;
  if (live.problem !== null && live.value === null) return <ErrorNote problem={live.problem} className="m-3" />;
  if (live.value === null) return <Loading what="the connections" rows={8} />;
  return (
    <div className="egress-tab">
      <Summary state={live.value} task={task} />
      {live.value.totals.connections === 0 ? (
        <EmptyState>
          Nothing has connected out of this task's sandbox. Each connection stands here, with the rule that decided it.
        </EmptyState>
      ) : (
        <div className="egress-body">
          <div className="egress-filter">
            <div className="field flex-1">
              <Icon name="search" size={14} />
              <input
                aria-label="Filter by host, path, program, rule or secret"
                placeholder="Host, path, program, rule, secret"
                spellCheck={false}
                value={text}
                onChange={(event) => setText(event.target.value)}
              />
            </div>
            <Select label="Status" value={status} options={wishes} onChange={setStatus} className="egress-status" />
          </div>
          {older.problem !== null && <ErrorNote problem={older.problem} className="m-3" />}
          {rows.length === 0 ? (
            <EmptyState>No connection is like this.</EmptyState>
          ) : (
            <EgressTable rows={rows} selected={selected} onSelect={setSelected} onNearEnd={() => older.more(rows.at(-1)?.id ?? null)} />
          )}
          {chosen !== null && (
            <div className="egress-detail">
              <IconButton icon="close" name="Close the connection's details" onClick={() => setSelected(null)} />
              <EgressDetail row={chosen} />
            </div>
          )}
        </div>
      )}
    </div>
  );
}

function Summary({ state: { totals, way, runId }, task }: { readonly state: EgressState; readonly task: Task }) {
  const [isListOpen, setListOpen] = useState(false);
  const cut = useChange((client, id: RunId) => client.egress.cutOff({ runId: id }));
  const { words, meaning } = wayWords(way);
  const run = RunId.safeParse(runId);
  const isCuttable = run.success && (way === "open" || way === "lost");
  return (
    <div className="egress-summary">
      <Tag meaning={meaning} icon={way === "cut-off" ? "stop" : "gate"}>
        {words}
      </Tag>
      {totals.connections > 0 && (
        <span className="label small num min-w-0">
          {writeCount(totals.connections, "connection")} to {writeCount(totals.hosts, "host")}
          {totals.refused > 0 && <span className="is-deny"> · {totals.refused.toLocaleString("en-US")} refused</span>}
          {` · ${writeBytes(totals.bytesUp)} out, ${writeBytes(totals.bytesDown)} in`}
        </span>
      )}
      <span className="flex-1" />
      <Button size="small" look="quiet" icon="sliders" onClick={() => setListOpen(true)}>
        Allowlist
      </Button>
      {isListOpen && <AllowlistDialog task={task} onClose={() => setListOpen(false)} />}
      {isCuttable && (
        <Button size="small" look="deny" icon="stop" onClick={() => cut.run(run.data)}>
          Cut this run off
        </Button>
      )}
      {cut.problem !== null && <ErrorNote problem={cut.problem} />}
    </div>
  );
}

interface OlderRows {
  readonly rows: readonly EgressRow[];
  readonly problem: Problem | null;
  readonly more: (before: string | null) => void;
}

/** Rows below the live ones, read when the list is scrolled near its end. */
function useOlderRows(taskId: TaskId, text: string, status: Wish): OlderRows {
  const client = useClient();
  const key = JSON.stringify([taskId, text, status]);
  const [held, setHeld] = useState<{ key: string; rows: readonly EgressRow[]; isAtEnd: boolean }>({ key, rows: [], isAtEnd: false });
  const [asked, setAsked] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const current = held.key === key ? held : { key, rows: [], isAtEnd: false };
  const read = async (before: string | null) => {
    try {
      const filter = { text: text.trim() === "" ? null : text.trim(), status: status === "all" ? null : status };
      const page = await client.egress.list({ taskId, before, limit: pageRows, ...filter, runId: null });
      setHeld({ key, rows: [...current.rows, ...page.rows], isAtEnd: page.rows.length < pageRows });
      setProblem(null);
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  const more = (before: string | null) => {
    const question = `${key} ${before ?? ""}`;
    if (current.isAtEnd || asked === question) return;
    setAsked(question);
    void read(before);
  };
  return { rows: current.rows, problem, more };
}
