import { useState } from "react";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button } from "../../../ui/Button.tsx";
import { CommandText } from "../../../ui/CommandText.tsx";
import { DiffSize } from "../../../ui/DiffSize.tsx";
import { writeDuration } from "../../../ui/format.ts";
import { Icon, type IconName } from "../../../ui/Icon.tsx";
import { requestText } from "../../../ui/request-words.ts";
import { TimeLeft } from "../../../ui/time.tsx";
import type { CallEntry } from "./timeline-rows.ts";
import "./calls.css";

/** One call of the agent: what it was, who decided it, how long it took. Opens to show the whole of it. */
export function CallRow({
  call,
  request,
  isLast,
  onAnswer,
  onShowTerminal,
}: {
  readonly call: CallEntry;
  readonly request: PermissionRequest | null;
  readonly isLast: boolean;
  readonly onAnswer: (request: PermissionRequest) => void;
  readonly onShowTerminal: (id: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  if (request !== null || call.decision === "waiting") {
    return (
      <div className={`calls ${isLast ? "is-last" : ""}`}>
        <WaitingCall text={requestText(request?.request ?? call.request)} request={request} onAnswer={onAnswer} />
      </div>
    );
  }
  const { icon, look, words } = decisionOf(call);
  return (
    <div className={`calls ${isLast ? "is-last" : ""}`}>
      <button type="button" className="call" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={icon} size={14} className={look} />
        <span className="visually-hidden">{words}: </span>
        <code className="clip">{escapeControls(shortText(call))}</code>
        {call.status === "failed" && <span className="is-deny call-note">failed</span>}
        {call.diff === null ? (
          <span className={`label clip call-by ${call.decision === "deny" ? "is-deny" : ""}`}>{shortDecider(call.decidedBy)}</span>
        ) : (
          <DiffSize added={call.diff.added} removed={call.diff.removed} />
        )}
        {call.diff === null && (
          <span className="label num call-time">{call.status === "running" ? "runs" : duration(call.durationMs)}</span>
        )}
      </button>
      {isOpen && <CallDetail call={call} words={words} onShowTerminal={onShowTerminal} />}
    </div>
  );
}

/** A request that waits: its command whole, the time left, and the way to answer it. */
export function WaitingCall({
  text,
  request,
  onAnswer,
}: {
  readonly text: string;
  readonly request: PermissionRequest | null;
  readonly onAnswer: (request: PermissionRequest) => void;
}) {
  return (
    <div className="call is-waiting">
      <Icon name="question" size={14} className="is-ask" />
      <CommandText command={text} verdict={request?.verdict ?? null} emphasis="part" className="strong" />
      {request !== null && (
        <>
          <span className="left">
            <TimeLeft until={request.expiresAt} suffix=" left" />
          </span>
          <Button size="small" onClick={() => onAnswer(request)}>
            Answer
          </Button>
        </>
      )}
    </div>
  );
}

function CallDetail({
  call,
  words,
  onShowTerminal,
}: {
  readonly call: CallEntry;
  readonly words: string;
  readonly onShowTerminal: (id: string) => void;
}) {
  const { terminalId } = call;
  return (
    <div className="call-detail">
      <div className="call-whole">
        <CommandText command={requestText(call.request)} verdict={call.verdict} emphasis="part" />
      </div>
      <p className="soft">
        {words}
        {call.decidedBy !== "" && `, ${call.decidedBy}`}
        {call.verdict?.reasons[0] !== undefined && `. ${call.verdict.reasons[0]}`}
      </p>
      {terminalId !== null && (
        <Button size="small" icon="terminal" onClick={() => onShowTerminal(terminalId)}>
          Show its output
        </Button>
      )}
    </div>
  );
}

interface DecisionLook {
  readonly icon: IconName;
  readonly look: string;
  readonly words: string;
}

function decisionOf(call: CallEntry): DecisionLook {
  if (call.decision === "deny" || call.status === "refused") return { icon: "deny", look: "is-deny", words: "Denied" };
  if (call.decision === "unasked") return { icon: "eye", look: "label", words: "Ran without asking" };
  // Asked by the rules and yet allowed: a person did that.
  if (call.decision === "allow" && call.verdict?.decision === "ask")
    return { icon: "person", look: "is-allow", words: "Allowed by a person" };
  return { icon: "check", look: "is-allow", words: "Allowed" };
}

/** A file is named by its path in the worktree alone: the heading says what was done to it. Opened, the call shows the whole. */
function shortText(call: CallEntry): string {
  if (call.request.tool !== "filesystem") return requestText(call.request);
  const { path, cwd } = call.request;
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

/** `default rule: allow shell(git:*)` as `shell(git:*)`: the icon says allow or deny, opening the call says the rest. */
function shortDecider(words: string): string {
  return /^[\w’' ]+ rule: (?:allow|ask|deny) (.+)$/.exec(words)?.[1] ?? words;
}

function duration(durationMs: number | null): string {
  return durationMs === null ? "" : writeDuration(durationMs);
}
