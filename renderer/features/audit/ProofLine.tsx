import type { AuditExporting, AuditVerification, AuditVerifying } from "#shared/contract/audit.ts";
import { type Stepping, useSteps } from "../../rpc/use-steps.ts";
import type { Proof } from "../../ui/audit/AuditTable.tsx";
import { Button, IconButton } from "../../ui/Button.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { writeCount, writeNumber } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";

export interface Verifying {
  readonly steps: Stepping<AuditVerifying>;
  readonly result: AuditVerification | null;
  readonly proof: Proof | null;
  readonly run: () => void;
}

export function useVerification(): Verifying {
  const steps = useSteps<AuditVerifying>();
  const { latest } = steps;
  const result = latest?.kind === "verified" ? latest.verification : null;
  return {
    steps,
    result,
    proof: proofOf(result),
    run: () => {
      if (!steps.isRunning) steps.begin((client, signal) => client.audit.verifyStepwise({}, { signal }));
    },
  };
}

function proofOf(result: AuditVerification | null): Proof | null {
  if (result === null) return null;
  return result.result === "intact" ? { upTo: result.entries, firstBad: null } : { upTo: result.firstBad, firstBad: result.firstBad };
}

/** What is proved, what is being exported, and how much of the log is shown. */
export function ProofLine({
  verification,
  exporting,
  count,
  isCountExact,
  isFiltered,
  isLoading,
  hasNewer,
  alarms,
  onAlarms,
  onReload,
}: {
  readonly verification: Verifying;
  readonly exporting: Stepping<AuditExporting>;
  readonly count: number;
  readonly isCountExact: boolean;
  readonly isFiltered: boolean;
  /** Nothing is known yet of what matches. */
  readonly isLoading: boolean;
  readonly hasNewer: boolean;
  /** How often the log was found changed, cut or replaced at a start. */
  readonly alarms: number;
  readonly onAlarms: () => void;
  readonly onReload: () => void;
}) {
  return (
    <div className="proof" role="status">
      {alarms > 0 && (
        <Button size="small" look="deny" icon="alert" onClick={onAlarms}>
          {writeCount(alarms, "alarm", "alarms")}: the log was not as Gatehouse left it
        </Button>
      )}
      <Verdict verification={verification} />
      <Export exporting={exporting} />
      {hasNewer && (
        <Button size="small" look="quiet" icon="up" onClick={onReload} className="push">
          Newer entries, show them
        </Button>
      )}
      <span className={`num ${hasNewer ? "" : "push"}`}>
        {isLoading ? (isFiltered ? "Searching…" : "Reading…") : shownCount(count, isCountExact, isFiltered)}
      </span>
    </div>
  );
}

function shownCount(count: number, isExact: boolean, isFiltered: boolean): string {
  const matching = isFiltered ? (count === 1 ? " matches" : " match") : "";
  return `${isExact ? "" : "at least "}${writeCount(count, "entry", "entries")}${matching}`;
}

function Advancing({
  words,
  step,
  onCancel,
}: {
  readonly words: string;
  readonly step: { readonly done: number; readonly total: number } | null;
  readonly onCancel: () => void;
}) {
  const percent = step === null || step.total === 0 ? 0 : Math.floor((step.done / step.total) * 100);
  return (
    <>
      <span>{words}</span>
      <progress max={100} value={percent} aria-label={words} />
      <span className="num">{percent} %</span>
      <Button size="small" look="quiet" onClick={onCancel}>
        Cancel
      </Button>
    </>
  );
}

function Verdict({ verification }: { readonly verification: Verifying }) {
  const { result, steps } = verification;
  if (steps.isRunning && result === null) {
    const step = steps.latest?.kind === "advance" ? steps.latest : null;
    return <Advancing words="Verifying every entry" step={step} onCancel={steps.cancel} />;
  }
  if (steps.problem !== null) return <span className="is-deny">{`${steps.problem.message} ${steps.problem.remedy}`}</span>;
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

function Export({ exporting }: { readonly exporting: Stepping<AuditExporting> }) {
  const { latest, isRunning, problem, cancel } = exporting;
  if (problem !== null) return <span className="is-deny clip">{`${problem.message} ${problem.remedy}`}</span>;
  if (latest?.kind === "written") {
    return (
      <span className="proof-export">
        {writeCount(latest.entries, "entry", "entries")} written to <code className="clip">{latest.path}</code>
        <CopyButton text={latest.path} name="Copy the path of the export" />
        <IconButton icon="close" name="Hide the export" onClick={cancel} />
      </span>
    );
  }
  if (latest?.kind === "tampered")
    return <span className="is-deny clip">Not exported: the log was changed at entry {writeNumber(latest.firstBad)}.</span>;
  if (!isRunning) return null;
  return <Advancing words="Exporting" step={latest?.kind === "advance" ? latest : null} onCancel={cancel} />;
}

/** How far signed checkpoints reach; nothing where the verification did not say. */
function Signed({ signed, entries }: { readonly signed: number | undefined; readonly entries: number }) {
  if (signed === undefined) return null;
  return <span className="num">{signed >= entries ? "all signed" : `signed up to ${writeNumber(signed)}`}</span>;
}

function short(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 8)}…${hash.slice(-4)}` : hash;
}
