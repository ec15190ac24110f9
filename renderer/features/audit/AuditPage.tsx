import { useDeferredValue, useRef, useState } from "react";
import type { AuditVerification } from "#shared/contract/audit.ts";
import { useAuditList } from "../../rpc/audit-list.ts";
import { useChange } from "../../rpc/queries.ts";
import { AuditDetail } from "../../ui/audit/AuditDetail.tsx";
import { AuditTable, type Proof } from "../../ui/audit/AuditTable.tsx";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { SearchField } from "../../ui/Field.tsx";
import { writeCount, writeNumber } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { Select } from "../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { useTaskChoices } from "./task-choices.ts";
import "./audit-page.css";

const nouns = [
  { value: "any", label: "Any event" },
  { value: "tool", label: "Tool calls" },
  { value: "permission", label: "Permissions" },
  { value: "task", label: "Tasks" },
  { value: "sandbox", label: "Sandboxes" },
  { value: "git", label: "Git hand-over" },
  { value: "agent", label: "Agents" },
  { value: "egress", label: "Egress" },
  { value: "vault", label: "Vault" },
  { value: "unlock", label: "Unlock and lock" },
  { value: "terminal", label: "Your shells" },
  { value: "repository", label: "Repositories" },
  { value: "settings", label: "Settings" },
  { value: "audit", label: "The log itself" },
] as const;

/** Everything that was asked, decided and done, and the proof that nobody changed it since. */
export function AuditPage() {
  const [text, setText] = useState("");
  const [noun, setNoun] = useState("any");
  const [taskId, setTaskId] = useState("any");
  const [selected, setSelected] = useState<number | null>(null);
  const search = useRef<HTMLInputElement>(null);
  const wished = useDeferredValue(text.trim());
  const list = useAuditList({
    text: wished === "" ? null : wished,
    verb: noun === "any" ? null : noun,
    taskId: taskId === "any" ? null : taskId,
  });
  const verification = useVerification();
  const tasks = useTaskChoices();
  const chosen = list.entries.find((entry) => entry.sequence === selected) ?? list.entries[0] ?? null;
  const isFiltered = wished !== "" || noun !== "any" || taskId !== "any";
  useCommands([
    { id: "audit.search", label: "Search the audit log", group: "Audit", keys: ["/"], icon: "search", run: () => search.current?.focus() },
    { id: "audit.verify", label: "Verify the whole log", group: "Audit", keys: ["v"], icon: "shield", run: verification.run },
  ]);
  return (
    <>
      <div className="toolbar">
        <h1>Audit</h1>
        <SearchField
          ref={search}
          name="Command, host, rule, hash"
          keys={<Kbd keys="/" bare />}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="audit-search"
        />
        <Select label="Event" value={noun} options={nouns} onChange={setNoun} className="field-small audit-choice" />
        <Select label="Task" value={taskId} options={tasks} onChange={setTaskId} className="field-small audit-choice" />
        <Button
          size="small"
          look="primary"
          keys="v"
          className="push"
          off={verification.isRunning ? "It is being verified" : false}
          onClick={verification.run}
        >
          Verify all
        </Button>
      </div>
      <ProofLine
        verification={verification}
        shown={list.entries.length}
        total={list.total}
        isTotalExact={list.isTotalExact}
        isFiltered={isFiltered}
        hasNewer={list.hasNewer}
        onReload={list.reload}
      />
      {list.problem !== null && <ErrorNote problem={list.problem} action={{ label: "Try again", run: list.reload }} className="m-3" />}
      {list.isLoading && <Loading what="the audit log" rows={12} />}
      {!list.isLoading && list.problem === null && list.entries.length === 0 && (
        <EmptyState>
          {isFiltered ? "No entry matches. Loosen the search or choose another event." : "Nothing has been written yet."}
        </EmptyState>
      )}
      {list.entries.length > 0 && (
        <div className="split-audit">
          <AuditTable
            entries={list.entries}
            selected={chosen?.sequence ?? null}
            proof={verification.proof}
            onSelect={setSelected}
            onNearEnd={list.more}
          />
          {chosen !== null && (
            <AuditDetail
              entry={chosen}
              begun={list.entries.find((entry) => entry.sequence === chosen.intent)}
              proof={verification.proof}
              onShow={setSelected}
            />
          )}
        </div>
      )}
    </>
  );
}

interface Verifying {
  readonly result: AuditVerification | null;
  readonly proof: Proof | null;
  readonly isRunning: boolean;
  readonly failed: string | null;
  readonly run: () => void;
}

function useVerification(): Verifying {
  const [result, setResult] = useState<AuditVerification | null>(null);
  const verify = useChange((client, _: null) => client.audit.verify({}), { onDone: setResult });
  return {
    result,
    proof: proofOf(result),
    isRunning: verify.isRunning,
    failed: verify.problem === null ? null : `${verify.problem.message} ${verify.problem.remedy}`,
    run: () => {
      if (!verify.isRunning) verify.run(null);
    },
  };
}

function proofOf(result: AuditVerification | null): Proof | null {
  if (result === null) return null;
  return result.result === "intact" ? { upTo: result.entries, firstBad: null } : { upTo: result.firstBad, firstBad: result.firstBad };
}

function ProofLine({
  verification,
  shown,
  total,
  isTotalExact,
  isFiltered,
  hasNewer,
  onReload,
}: {
  readonly verification: Verifying;
  readonly shown: number;
  readonly total: number;
  readonly isTotalExact: boolean;
  readonly isFiltered: boolean;
  readonly hasNewer: boolean;
  readonly onReload: () => void;
}) {
  return (
    <div className="proof" role="status">
      <Verdict verification={verification} />
      {hasNewer && (
        <Button size="small" look="quiet" icon="up" onClick={onReload} className="push">
          Newer entries, show them
        </Button>
      )}
      <span className={`num ${hasNewer ? "" : "push"}`}>
        {isTotalExact ? "" : "at least "}
        {writeCount(total, "entry", "entries")}
        {isFiltered && " match"} · {writeNumber(shown)} read
      </span>
    </div>
  );
}

function Verdict({ verification }: { readonly verification: Verifying }) {
  const { result, isRunning, failed } = verification;
  if (isRunning) return <span>Verifying every entry against its hash and the one before it…</span>;
  if (failed !== null) return <span className="is-deny">{failed}</span>;
  if (result === null) return <span>Not verified since this page opened.</span>;
  if (result.result === "intact") {
    return (
      <>
        <b className="is-allow">
          <Icon name="check" size={14} />
          Verified, {writeCount(result.entries, "entry", "entries")}
        </b>
        <span>
          root <code>{short(result.root)}</code>
        </span>
        <Signed signed={result.signed} entries={result.entries} />
      </>
    );
  }
  return (
    <>
      <b className="is-deny">
        <Icon name="alert" size={14} />
        Changed at entry {writeNumber(result.firstBad)}
      </b>
      <span className="clip">{result.problem} From there on nothing is proved; keep the file as evidence.</span>
    </>
  );
}

/** How far signed checkpoints reach; nothing where the verification did not say. */
function Signed({ signed, entries }: { readonly signed: number | undefined; readonly entries: number }) {
  if (signed === undefined) return null;
  return <span className="num">{signed >= entries ? "all signed" : `signed up to ${writeNumber(signed)}`}</span>;
}

function short(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 8)}…${hash.slice(-4)}` : hash;
}
