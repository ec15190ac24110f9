import { useState } from "react";
import type { BackupState, BackupSummary } from "#shared/contract/backup.ts";
import type { Settings } from "#shared/contract/settings.ts";
import { useChange, useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Confirm } from "../../../ui/Dialog.tsx";
import { writeAgo, writeBytes, writeClock, writeDay, writeNumber } from "../../../ui/format.ts";
import { Icon } from "../../../ui/Icon.tsx";
import { EmptyState, ErrorNote, Loading } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { Tag } from "../../../ui/Tag.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { type Change, NumberRow } from "../NumberRow.tsx";
import { Group } from "../rows.tsx";

const reloads = [["backups"]];

/** The backups there are: make one, try one out, put one back. */
export function Backups({ settings, onChange }: { readonly settings: Settings; readonly onChange: (change: Change) => void }) {
  const state = useRead(["backups"], (client, signal) => client.backups.state({}, { signal }));
  const create = useChange((client, _: null) => client.backups.create({}), { reloads });
  const rehearse = useChange((client, name: string | null) => client.backups.rehearse({ name }), { reloads });
  const problem = state.problem ?? create.problem ?? rehearse.problem;
  return (
    <>
      <Group title="Backups">
        {problem !== null && <ErrorNote problem={problem} className="m-3" action={{ label: "Look again", run: state.reload }} />}
        {state.isLoading && <Loading what="backups" rows={7} />}
        {state.data !== undefined && <Facts state={state.data} />}
        <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-3">
          <Button size="small" look="primary" onClick={() => create.run(null)} off={create.isRunning && "One is being made"}>
            {create.isRunning ? "Making a backup…" : "Make one now"}
          </Button>
          <Button
            size="small"
            onClick={() => rehearse.run(null)}
            off={rehearse.isRunning ? "A restore is being tried out" : state.data?.backups.length === 0 && "There is none yet"}
          >
            {rehearse.isRunning ? "Trying out…" : "Try out the newest"}
          </Button>
          <span className="small label">
            Encrypted with the vault's key, sealed as the vault is. The recovery key opens one on another machine.
          </span>
        </div>
        {state.data?.backups.length === 0 && <EmptyState>The first backup is made in the coming night.</EmptyState>}
        {state.data !== undefined && state.data.backups.length > 0 && <List state={state.data} />}
      </Group>
      <Group title="Keeping">
        <NumberRow
          name="Backups are kept for"
          unit="days"
          hint="The newest as many stay, however old they are."
          field="keepBackupDays"
          settings={settings}
          onChange={onChange}
        />
      </Group>
    </>
  );
}

function Facts({ state }: { readonly state: BackupState }) {
  const now = useNow();
  const { rehearsal, failure, nextAt } = state;
  return (
    <div className="settings-facts border-b border-line px-3 py-3">
      <div>
        <span className="label">Next</span>
        <span>{nextAt <= now ? "As soon as Gatehouse has run for two minutes" : `${writeDay(nextAt, now)}, ${writeClock(nextAt)}`}</span>
      </div>
      <div>
        <span className="label">Tried out</span>
        {rehearsal === null ? (
          <span>Not yet; a restore is tried out each week</span>
        ) : (
          <span className="flex flex-wrap items-center gap-2">
            {rehearsal.result === "whole" ? (
              <Tag meaning="allow" icon="check">
                can be restored
              </Tag>
            ) : (
              <Tag meaning="deny" icon="alert">
                cannot be restored
              </Tag>
            )}
            <span>
              {writeAgo(rehearsal.at, now)}, the one of {nameOf(rehearsal.name)}
            </span>
          </span>
        )}
      </div>
      {rehearsal?.result === "damaged" && (
        <div>
          <span className="label">Damage</span>
          <span className="is-deny">{rehearsal.problems.join("; ")}</span>
        </div>
      )}
      {failure !== null && (
        <div>
          <span className="label">Last night</span>
          <span className="is-deny">
            {failure.text} {failure.remedy}
          </span>
        </div>
      )}
    </div>
  );
}

const columns = [
  { title: "Made" },
  { title: "Size", width: "96px", end: true },
  { title: "Audit entries", width: "120px", end: true },
  { title: "", width: "268px", end: true },
];

function List({ state }: { readonly state: BackupState }) {
  const now = useNow();
  const [asked, setAsked] = useState<{ readonly what: "restore" | "remove"; readonly backup: BackupSummary } | null>(null);
  const rehearse = useChange((client, name: string) => client.backups.rehearse({ name }), { reloads });
  const close = () => {
    restore.forget();
    remove.forget();
    setAsked(null);
  };
  const restore = useChange((client, name: string) => client.backups.restore({ name }), { onDone: close });
  const remove = useChange((client, name: string) => client.backups.remove({ name }), { reloads, onDone: close });
  const problem = restore.problem ?? remove.problem;
  return (
    <>
      {rehearse.problem !== null && <ErrorNote problem={rehearse.problem} className="m-3" />}
      <Table name="Backups" columns={columns}>
        {state.backups.map((backup) => (
          <tr key={backup.name}>
            <td title={backup.path}>
              <span className="num">
                {writeDay(backup.at, now)}, {writeClock(backup.at)}
              </span>
              {backup.entries === null && (
                <Tag meaning="deny" icon="alert" className="ml-2">
                  damaged
                </Tag>
              )}
              {state.rehearsal?.name === backup.name && state.rehearsal.result === "whole" && (
                <span className="label ml-2 inline-flex items-center gap-1 align-middle">
                  <Icon name="check" size={12} /> tried out
                </span>
              )}
            </td>
            <td className="end num">{writeBytes(backup.bytes)}</td>
            <td className="end num">{backup.entries === null ? "–" : writeNumber(backup.entries)}</td>
            <td className="end" aria-label={`What to do with the backup of ${writeDay(backup.at, now)}`}>
              <span className="inline-flex gap-1">
                <Button
                  size="small"
                  look="quiet"
                  onClick={() => rehearse.run(backup.name)}
                  off={rehearse.isRunning && "A restore is being tried out"}
                >
                  Try out
                </Button>
                <Button size="small" look="quiet" onClick={() => setAsked({ what: "restore", backup })}>
                  Restore…
                </Button>
                <Button size="small" look="quiet" onClick={() => setAsked({ what: "remove", backup })}>
                  Remove…
                </Button>
              </span>
            </td>
          </tr>
        ))}
      </Table>
      <Confirm
        open={asked !== null}
        onClose={close}
        title={asked?.what === "remove" ? "Remove this backup?" : `Restore the backup of ${nameOf(asked?.backup.name ?? "")}?`}
        action={asked?.what === "remove" ? "Remove" : "Restore"}
        onConfirm={() => asked !== null && (asked.what === "remove" ? remove : restore).run(asked.backup.name)}
        isRunning={restore.isRunning || remove.isRunning}
      >
        {asked?.what === "remove" ? (
          <p>It cannot be brought back.</p>
        ) : (
          <p>
            All runs are stopped and Gatehouse locks. Tasks, settings, rules and secrets are as they were then; what is there now is kept
            beside them in the data folder. The audit log stays as it is. When you unlock, say that you restored a backup.
          </p>
        )}
        {problem !== null && <ErrorNote problem={problem} className="mt-3" />}
      </Confirm>
    </>
  );
}

/** `2026-11-22T03-00-00-000Z` as a day and a time, in UTC as it is named. */
function nameOf(name: string): string {
  return name
    .slice(0, 16)
    .replace("T", " ")
    .replace(/-(\d\d)$/, ":$1");
}
