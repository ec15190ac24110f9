import { useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import { anything, useAuditRows } from "../../rpc/audit-rows.ts";
import { AuditDetail } from "../../ui/audit/AuditDetail.tsx";
import { AuditTable, intentOf } from "../../ui/audit/AuditTable.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import "./side-tabs.css";

/** The entries of this task, newest first. */
export function AuditTab({ taskId }: { readonly taskId: TaskId }) {
  const rows = useAuditRows({ ...anything, taskId });
  const [selected, setSelected] = useState<number | null>(null);
  const place = selected === null ? undefined : rows.placeOf(selected);
  const chosen = place === undefined ? undefined : rows.entryAt(place);
  if (rows.problem !== null) return <ErrorNote problem={rows.problem} action={{ label: "Try again", run: rows.reload }} className="m-3" />;
  if (rows.isLoading) return <Loading what="the audit log" rows={8} />;
  if (rows.count === 0) return <EmptyState>Nothing of this task has been written to the log yet.</EmptyState>;
  return (
    <div className="audit-tab">
      {rows.hasNewer && (
        <Button size="small" look="quiet" icon="up" onClick={rows.reload} className="m-1 self-start">
          Newer entries, show them
        </Button>
      )}
      <AuditTable places={rows} selected={selected} proof={null} isNarrow onSelect={setSelected} />
      {chosen !== undefined && (
        <div className="audit-tab-detail">
          <IconButton icon="close" name="Close the entry" onClick={() => setSelected(null)} />
          <AuditDetail
            entry={chosen}
            begun={intentOf(chosen, rows)}
            isUnknown={rows.isUnknown(chosen.sequence)}
            proof={null}
            onShow={setSelected}
          />
        </div>
      )}
    </div>
  );
}
