import { lazy, Suspense, useDeferredValue, useRef, useState } from "react";
import type { AuditEntry, AuditExporting } from "#shared/contract/audit.ts";
import { type AuditRows, useAuditRows } from "../../rpc/audit-rows.ts";
import { useRead } from "../../rpc/queries.ts";
import { useSteps } from "../../rpc/use-steps.ts";
import { AuditDetail } from "../../ui/audit/AuditDetail.tsx";
import { AuditTable, intentOf } from "../../ui/audit/AuditTable.tsx";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { SearchField } from "../../ui/Field.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { Menu } from "../../ui/Menu.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { type AuditWish, everything, filterAt, isEverything } from "./audit-wish.ts";
import { FilterBar } from "./FilterBar.tsx";
import { ProofLine, useVerification } from "./ProofLine.tsx";
import { ViewsMenu } from "./ViewsMenu.tsx";
import "./audit-page.css";

const ActivityCharts = lazy(async () => ({ default: (await import("./ActivityCharts.tsx")).ActivityCharts }));

/** The note that the log was not as Gatehouse had left it. */
const alarmVerb = "audit.alarm";

/** Everything that was asked, decided and done, and the proof that nobody changed it since. */
export function AuditPage() {
  const [{ wish, asked }, setAsked] = useState({ wish: everything, asked: everything.filter });
  // What is counted back from now is counted when it is chosen: the list does not move with every drawing.
  const setWish = (next: AuditWish) => setAsked({ wish: next, asked: filterAt(next, Date.now()) });
  const [selected, setSelected] = useState<number | null>(null);
  const [hasCharts, setCharts] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const filter = useDeferredValue(asked);
  const rows = useAuditRows(filter);
  const verification = useVerification();
  const exporting = useSteps<AuditExporting>();
  const alarms = useRead(["audit", "alarms"], (client, signal) => client.audit.list({ verb: alarmVerb, limit: 1 }, { signal }));
  const chosen = useChosen(rows, selected);
  const isFiltered = !isEverything(wish);
  const { text } = wish.filter;
  const exportAs = (format: "jsonl" | "csv") => exporting.begin((client, signal) => client.audit.export({ format }, { signal }));
  useCommands([
    { id: "audit.search", label: "Search the audit log", group: "Audit", keys: ["/"], icon: "search", run: () => search.current?.focus() },
    { id: "audit.verify", label: "Verify the whole log", group: "Audit", keys: ["v"], icon: "shield", run: verification.run },
    { id: "audit.charts", label: "Show what happened over time", group: "Audit", keys: ["g"], run: () => setCharts(!hasCharts) },
  ]);
  return (
    <>
      <div className="toolbar">
        <h1>Audit</h1>
        <SearchField
          ref={search}
          name="Command, host, rule, hash"
          keys={<Kbd keys="/" bare />}
          maxLength={200}
          value={text ?? ""}
          onChange={({ target }) =>
            setWish({ ...wish, filter: { ...wish.filter, text: target.value.trim() === "" ? null : target.value } })
          }
          className="audit-search"
        />
        <ViewsMenu wish={wish} onChange={setWish} />
        <Button size="small" keys="g" className="push" aria-pressed={hasCharts} onClick={() => setCharts(!hasCharts)}>
          Over time
        </Button>
        <Menu
          trigger={
            <Button size="small" icon="download" off={exporting.isRunning ? "An export is going on" : false}>
              Export
            </Button>
          }
          entries={[
            { label: "Entries and checkpoints, to verify elsewhere (JSONL)", run: () => exportAs("jsonl") },
            { label: "Entries alone, for a spreadsheet (CSV)", run: () => exportAs("csv") },
          ]}
        />
        <Button
          size="small"
          look="primary"
          keys="v"
          off={verification.steps.isRunning ? "It is being verified" : false}
          onClick={verification.run}
        >
          Verify all
        </Button>
      </div>
      <FilterBar wish={wish} onChange={setWish} />
      <ProofLine
        verification={verification}
        exporting={exporting}
        count={rows.count}
        isCountExact={rows.isCountExact}
        isFiltered={isFiltered}
        isLoading={rows.isLoading}
        hasNewer={rows.hasNewer}
        alarms={alarms.data?.total ?? 0}
        onAlarms={() => setWish({ ...everything, filter: { ...everything.filter, verb: alarmVerb } })}
        onReload={rows.reload}
      />
      {hasCharts && (
        <Suspense>
          <ActivityCharts filter={filter} />
        </Suspense>
      )}
      {rows.problem !== null && <ErrorNote problem={rows.problem} action={{ label: "Try again", run: rows.reload }} className="m-3" />}
      {rows.isLoading && rows.problem === null && <Loading what="the audit log" rows={12} />}
      {!rows.isLoading && rows.problem === null && rows.count === 0 && (
        <EmptyState
          action={
            isFiltered ? (
              <Button size="small" onClick={() => setWish(everything)}>
                Show everything
              </Button>
            ) : undefined
          }
        >
          {isFiltered ? "No entry matches." : "Nothing has been written yet."}
        </EmptyState>
      )}
      {rows.count > 0 && (
        <div className="split-audit">
          <AuditTable places={rows} selected={chosen?.sequence ?? null} proof={verification.proof} onSelect={setSelected} />
          {chosen !== null && (
            <AuditDetail
              entry={chosen}
              begun={intentOf(chosen, rows)}
              isUnknown={rows.isUnknown(chosen.sequence)}
              proof={verification.proof}
              onShow={setSelected}
              onNarrow={(by) => setWish({ ...wish, filter: { ...wish.filter, ...by } })}
            />
          )}
        </div>
      )}
    </>
  );
}

/** The entry in the pane beside the list: the selected one, read by itself where the list does not hold it, else the newest. */
function useChosen(rows: AuditRows, selected: number | null): AuditEntry | null {
  const place = selected === null ? 0 : rows.placeOf(selected);
  const alone = useRead(
    ["audit", "entry", selected],
    async (client, signal) => (await client.audit.list({ before: (selected ?? 0) + 1, limit: 1 }, { signal })).entries[0] ?? null,
    { enabled: selected !== null && place === undefined },
  );
  if (place !== undefined) return rows.entryAt(place) ?? null;
  return alone.data ?? null;
}
