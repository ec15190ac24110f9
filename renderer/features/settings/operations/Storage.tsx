import { useState } from "react";
import type { Settings } from "#shared/contract/settings.ts";
import type { ClearableKind, ClearPreview, StoragePart, StorageUse } from "#shared/contract/storage.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Confirm } from "../../../ui/Dialog.tsx";
import { driverNames } from "../../../ui/driver-names.ts";
import { writeBytes, writeCount, writeNumber } from "../../../ui/format.ts";
import { ErrorNote, Loading } from "../../../ui/states.tsx";
import { Table } from "../../../ui/Table.tsx";
import { Tag } from "../../../ui/Tag.tsx";
import { type Change, NumberRow } from "../NumberRow.tsx";
import { Group } from "../rows.tsx";

/** Each part, and what one thing of it is called where things are counted. */
const partWords: Readonly<Record<StoragePart["kind"], { readonly name: string; readonly one: string }>> = {
  database: { name: "Database", one: "file" },
  audit: { name: "Audit log and evidence", one: "file" },
  backups: { name: "Backups", one: "backup" },
  logs: { name: "Logs", one: "file" },
  "set-aside": { name: "Databases put aside", one: "file" },
  worktrees: { name: "Worktrees in sandboxes", one: "worktree" },
  images: { name: "Sandbox images", one: "image" },
  "build-cache": { name: "The engine's build cache, of everybody", one: "entry" },
};

const kindNames: Readonly<Record<ClearableKind, string>> = {
  worktrees: "Worktrees of reviewed work",
  tasks: "Decided tasks",
  requests: "Answered prompts",
  logs: "Logs",
  backups: "Backups",
  "set-aside": "Databases put aside",
  images: "Sandbox images that nothing uses",
  expired: "Grants and counts that have run out",
};

/** What Gatehouse keeps on the disk, what of it may go, and how long things stay. */
export function Storage({ settings, onChange }: { readonly settings: Settings; readonly onChange: (change: Change) => void }) {
  const use = useRead(["storage", "use"], (client, signal) => client.storage.use({}, { signal }));
  return (
    <>
      <Group title="On the disk">
        {use.problem !== null && <ErrorNote problem={use.problem} className="m-3" action={{ label: "Measure again", run: use.reload }} />}
        {use.isLoading && <Loading what="what is kept" rows={8} />}
        {use.data !== undefined && <Parts use={use.data} onAgain={use.reload} />}
      </Group>
      {use.data !== undefined && use.data.worktrees.length > 0 && <Worktrees use={use.data} />}
      <Clearing />
      <Group title="How long things are kept">
        <NumberRow
          name="Worktrees of work in review"
          unit="days"
          hint="Their work has come back. One that holds work that has not is never removed by itself."
          field="keepWorktreeDays"
          settings={settings}
          onChange={onChange}
        />
        <NumberRow
          name="All worktrees together"
          unit="MiB"
          hint="Above it those in review go, oldest first."
          field="worktreeCapMiB"
          settings={settings}
          onChange={onChange}
        />
        <NumberRow
          name="Decided tasks"
          unit="days"
          hint="With their timelines; the audit log keeps its record."
          field="keepDecidedTaskDays"
          whenEmpty="for ever"
          settings={settings}
          onChange={onChange}
        />
        <NumberRow
          name="Answered prompts"
          unit="days"
          hint="For replaying rules over them."
          field="keepRequestDays"
          settings={settings}
          onChange={onChange}
        />
        <NumberRow
          name="Logs"
          unit="days"
          hint="Five files of 10 MiB at most."
          field="keepLogDays"
          settings={settings}
          onChange={onChange}
        />
      </Group>
    </>
  );
}

function Parts({ use, onAgain }: { readonly use: StorageUse; readonly onAgain: () => void }) {
  const most = Math.max(1, ...use.parts.map(({ bytes }) => bytes));
  const total = use.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <>
      <ul aria-label="What is kept">
        {use.parts.map(({ kind, bytes, count }) => (
          <li key={kind} className="storage-part">
            <span>{partWords[kind].name}</span>
            <span className="storage-bar" aria-hidden="true">
              <i style={{ width: `${(100 * bytes) / most}%` }} />
            </span>
            <span className="num end label">{count === 0 ? "" : writeCount(count, partWords[kind].one)}</span>
            <span className="num end">{writeBytes(bytes)}</span>
          </li>
        ))}
      </ul>
      <p className="flex flex-wrap items-center gap-3 border-b border-line px-3 py-3">
        <span className="num">
          {writeBytes(total)} in all, {writeBytes(use.freeBytes)} free
        </span>
        {use.unanswered.length > 0 && (
          <Tag meaning="ask">{use.unanswered.map((kind) => driverNames[kind]).join(", ")} did not answer: not counted</Tag>
        )}
        <Button size="small" className="push" onClick={onAgain}>
          Measure again
        </Button>
      </p>
    </>
  );
}

const worktreeColumns = [
  { title: "Task" },
  { title: "Engine", width: "96px" },
  { title: "State", width: "96px" },
  { title: "Sandbox", width: "140px" },
  { title: "Size", width: "96px", end: true },
];

function Worktrees({ use }: { readonly use: StorageUse }) {
  return (
    <Group title="Worktrees">
      <Table name="Worktrees" columns={worktreeColumns}>
        {use.worktrees.slice(0, 50).map((worktree) => (
          <tr key={worktree.sandboxId}>
            <td className="clip">{escapeControls(worktree.title)}</td>
            <td>{driverNames[worktree.driver]}</td>
            <td>{worktree.state}</td>
            <td>
              <code className="soft">{worktree.sandboxId}</code>
            </td>
            <td className="end num">{worktree.bytes === null ? "–" : writeBytes(worktree.bytes)}</td>
          </tr>
        ))}
      </Table>
      {use.worktrees.length > 50 && <p className="small label px-3 py-2">and {use.worktrees.length - 50} smaller ones</p>}
    </Group>
  );
}

function Clearing() {
  const preview = useRead(["storage", "preview"], (client, signal) => client.storage.preview({}, { signal }));
  const [asked, setAsked] = useState<ClearPreview | null>(null);
  const clear = useChange((client, kind: ClearableKind) => client.storage.clear({ kinds: [kind] }), {
    reloads: [["storage"]],
    onDone: () => setAsked(null),
  });
  const due = preview.data?.filter(({ count }) => count > 0) ?? [];
  return (
    <Group title="May go">
      {preview.problem !== null && (
        <ErrorNote problem={preview.problem} className="m-3" action={{ label: "Look again", run: preview.reload }} />
      )}
      {preview.isLoading && <Loading what="what may go" rows={3} />}
      {preview.data !== undefined && due.length === 0 && (
        <p className="label border-b border-line px-3 py-3">Nothing: all that is there is kept.</p>
      )}
      <ul aria-label="What may go">
        {due.map((one) => (
          <li key={one.kind} className="storage-part">
            <span>{kindNames[one.kind]}</span>
            <span className="clip small label">
              {one.items
                .slice(0, 3)
                .map(({ label, why }) => `${escapeControls(label)}: ${why}`)
                .join("; ")}
            </span>
            <span className="num end">{one.bytes === 0 ? writeNumber(one.count) : writeBytes(one.bytes)}</span>
            <span className="end">
              <Button size="small" aria-label={`Clear ${kindNames[one.kind]}`} onClick={() => setAsked(one)}>
                Clear…
              </Button>
            </span>
          </li>
        ))}
      </ul>
      <p className="small label border-b border-line px-3 py-2">
        All of it but images goes by itself, once a day. The audit log is kept for ever.
      </p>
      <Confirm
        open={asked !== null}
        onClose={() => {
          clear.forget();
          setAsked(null);
        }}
        title={asked === null ? "" : `Clear ${kindNames[asked.kind].toLowerCase()}?`}
        action="Clear"
        onConfirm={() => asked !== null && clear.run(asked.kind)}
        isRunning={clear.isRunning}
      >
        <ul className="storage-items">
          {asked?.items.map(({ label, bytes, why }) => (
            <li key={label}>
              <span className="clip">{escapeControls(label)}</span> <span className="label">{why}</span>
              <span className="num push">{bytes === 0 ? "" : writeBytes(bytes)}</span>
            </li>
          ))}
        </ul>
        {asked !== null && asked.count > asked.items.length && asked.bytes > 0 && (
          <p>and {writeNumber(asked.count - asked.items.length)} more</p>
        )}
        {clear.problem !== null && <ErrorNote problem={clear.problem} className="mt-3" />}
      </Confirm>
    </Group>
  );
}
