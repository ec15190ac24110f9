import type { ReactNode } from "react";
import type { AuditEntry, AuditFilter } from "#shared/contract/audit.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { canonicalJson, readableJson } from "../canonical-json.ts";
import { CopyButton } from "../CopyButton.tsx";
import { writeNumber } from "../format.ts";
import { Icon } from "../Icon.tsx";
import { aboutWords, actorWords, eventWords } from "./audit-words.ts";
import { isBad, type Proof } from "./AuditTable.tsx";

/** One entry in full: what it says, how it hangs in the chain, and the text that was hashed. */
export function AuditDetail({
  entry,
  begun,
  isUnknown = false,
  proof,
  onShow,
  onNarrow,
}: {
  readonly entry: AuditEntry;
  /** The intent that this entry ends, where it is at hand. */
  readonly begun: AuditEntry | undefined;
  /** A crash left this intent without an outcome. */
  readonly isUnknown?: boolean;
  readonly proof: Proof | null;
  readonly onShow: (sequence: number) => void;
  /** Filters the list by what this entry says. */
  readonly onNarrow?: (by: Partial<AuditFilter>) => void;
}) {
  const { words, icon, look } = eventWords(entry, isUnknown);
  const written = readableJson(entry);
  const { intent } = entry;
  return (
    <aside className="audit-detail" aria-label={`Entry ${writeNumber(entry.sequence)}`}>
      <section>
        <p className="audit-title">
          <span className={`verdict-word ${look}`}>
            <Icon name={icon} size={14} />
            {words}
          </span>
          <span className="label num push">{writeNumber(entry.sequence)}</span>
        </p>
        <h2>
          <code>{aboutWords(entry, begun)}</code>
        </h2>
      </section>
      <section>
        <h3>Event</h3>
        <dl className="facts facts-narrow">
          <dt>Time</dt>
          <dd className="num">{new Date(entry.at).toISOString().replace("T", " ").replace("Z", " UTC")}</dd>
          <dt>Verb</dt>
          <dd>
            <code>{escapeControls(entry.verb)}</code>
            <Only name="this verb" run={onNarrow && (() => onNarrow({ verb: entry.verb }))} />
          </dd>
          <dt>By</dt>
          <dd>{actorWords(entry)}</dd>
          <dt>Phase</dt>
          <dd>
            {phaseWords[entry.phase]}
            {intent !== null && (
              <>
                {" "}
                <button type="button" className="text-link num" onClick={() => onShow(intent)}>
                  {writeNumber(intent)}
                </button>
              </>
            )}
          </dd>
          {(entry.outcome !== null || isUnknown) && (
            <>
              <dt>Outcome</dt>
              <dd>{isUnknown ? "unknown: Gatehouse ended before it was written" : entry.outcome}</dd>
            </>
          )}
          {entry.taskId !== null && (
            <>
              <dt>Task</dt>
              <dd>
                <code>{escapeControls(entry.taskId)}</code>
                <Only name="this task" run={onNarrow && (() => onNarrow({ taskId: entry.taskId }))} />
              </dd>
            </>
          )}
          {entry.runId !== null && (
            <>
              <dt>Run</dt>
              <dd>
                <code>{escapeControls(entry.runId)}</code>
                <Only name="this run" run={onNarrow && (() => onNarrow({ runId: entry.runId }))} />
              </dd>
            </>
          )}
        </dl>
      </section>
      <section>
        <h3>Proof</h3>
        <ol className="chain">
          <Link icon="link" name="Previous" value={<code>{grouped(entry.previousHash)}</code>} />
          <Link icon="hash" name="This entry" value={<code>{grouped(entry.hash)}</code>} />
          <ProofLine entry={entry} proof={proof} />
        </ol>
      </section>
      <section>
        <h3 className="flex items-center">
          Entry as written
          <CopyButton text={canonicalJson(entry)} name="Copy the entry, in the form that is hashed" className="push" />
        </h3>
        <pre className="json">{escapeControls(written, { keepLines: true })}</pre>
      </section>
    </aside>
  );
}

function Only({ name, run }: { readonly name: string; readonly run: (() => void) | undefined }) {
  if (run === undefined) return null;
  return (
    <>
      {" "}
      <button type="button" className="text-link small" aria-label={`Show only ${name}`} onClick={run}>
        only
      </button>
    </>
  );
}

const phaseWords: Record<AuditEntry["phase"], string> = {
  intent: "written before the effect",
  outcome: "outcome of entry",
  note: "has no effect of its own",
};

function Link({ icon, name, value }: { readonly icon: "link" | "hash"; readonly name: string; readonly value: ReactNode }) {
  return (
    <li>
      <Icon name={icon} size={14} className="label" />
      <span className="label">{name}</span>
      {value}
    </li>
  );
}

function ProofLine({ entry, proof }: { readonly entry: AuditEntry; readonly proof: Proof | null }) {
  const bad = isBad(entry, proof);
  const proven = proof !== null && !bad && entry.sequence < proof.upTo;
  const words = bad
    ? "does not follow from what stands before it"
    : proven
      ? "follows from every entry before it"
      : "not verified since this page opened";
  return (
    <li>
      <Icon name={bad ? "alert" : proven ? "check" : "circle"} size={14} className={bad ? "is-deny" : proven ? "is-allow" : "label"} />
      <span className="label">Chain</span>
      <span>{words}</span>
    </li>
  );
}

/** The first twelve digits, in fours, as people compare them. */
function grouped(hash: string): string {
  return (hash.slice(0, 16).match(/.{1,4}/g) ?? []).join(" ");
}
