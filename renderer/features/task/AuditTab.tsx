import { useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import { useAuditList } from "../../rpc/audit-list.ts";
import { AuditDetail } from "../../ui/audit/AuditDetail.tsx";
import { AuditTable } from "../../ui/audit/AuditTable.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import "./side-tabs.css";

/** The entries of this task, newest first. */
export function AuditTab({ taskId }: { readonly taskId: TaskId }) {
  const list = useAuditList({ taskId, verb: null, text: null });
  const [selected, setSelected] = useState<number | null>(null);
  const chosen = list.entries.find((entry) => entry.sequence === selected) ?? null;
  if (list.problem !== null) return <ErrorNote problem={list.problem} action={{ label: "Try again", run: list.reload }} className="m-3" />;
  if (list.isLoading) return <Loading what="the audit log" rows={8} />;
  if (list.entries.length === 0) return <EmptyState>Nothing of this task has been written to the log yet.</EmptyState>;
  return (
    <div className="audit-tab">
      {list.hasNewer && (
        <Button size="small" look="quiet" icon="up" onClick={list.reload} className="m-1 self-start">
          Newer entries, show them
        </Button>
      )}
      <AuditTable entries={list.entries} selected={selected} proof={null} isNarrow onSelect={setSelected} onNearEnd={list.more} />
      {chosen !== null && (
        <div className="audit-tab-detail">
          <IconButton icon="close" name="Close the entry" onClick={() => setSelected(null)} />
          <AuditDetail
            entry={chosen}
            begun={list.entries.find((entry) => entry.sequence === chosen.intent)}
            proof={null}
            onShow={setSelected}
          />
        </div>
      )}
    </div>
  );
}
