import { type ReactNode, useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import type { PlanEntry, TimelineEntry } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { FoldedText } from "../../../ui/FoldedText.tsx";
import { writeClock } from "../../../ui/format.ts";
import { Icon, type IconName } from "../../../ui/Icon.tsx";
import type { OtherEntry, StageEntry } from "./timeline-rows.ts";
import { OneImage } from "../images/OneImage.tsx";
import { CheckRow } from "./CheckRow.tsx";
import { RemedyPlace } from "./RemedyPlace.tsx";
import { stopWords } from "./stop-words.ts";

/** Everything in a timeline that is not a call. All of its text is hostile: text nodes only. */
export function EntryRow({
  entry,
  taskId,
  agentName,
  onShowTerminal,
}: {
  readonly entry: OtherEntry;
  readonly taskId: TaskId;
  readonly agentName: string;
  readonly onShowTerminal: (id: string) => void;
}) {
  switch (entry.kind) {
    case "person":
      return (
        <Row icon="person" head="You" note={deliveryWords[entry.delivery]} at={entry.at}>
          <FoldedText text={entry.text} className="soft" />
          {entry.images?.map((image) => (
            <OneImage key={image.id} taskId={taskId} image={image} alt="A picture that you sent" />
          ))}
        </Row>
      );
    case "message":
      return (
        <Row icon="message" head={agentName} at={entry.at}>
          <FoldedText text={entry.text} className="soft" />
        </Row>
      );
    case "image":
      return (
        <Row icon="message" head={agentName} at={entry.at}>
          <OneImage taskId={taskId} image={entry.image} alt={`A picture from ${agentName}`} />
        </Row>
      );
    case "thought":
      return <Thought text={entry.text} at={entry.at} />;
    case "plan":
      return (
        <Row
          icon="plan"
          head={`Plan, ${entry.entries.filter((step) => step.status === "completed").length} of ${entry.entries.length}`}
          at={entry.at}
        >
          <Plan steps={entry.entries} />
        </Row>
      );
    case "notice":
      return <Line icon="alert" at={entry.at} text={entry.text} />;
    case "finished":
      return <Row icon="check" look="is-allow" head={entry.text} at={entry.at} />;
    case "question":
      return (
        <Row
          icon="message"
          look={entry.status === "waiting" ? "is-ask" : ""}
          head={`${agentName} asks`}
          note={questionWords[entry.status]}
          at={entry.at}
        >
          <FoldedText text={entry.form.message} className="soft" />
          {entry.answer !== null && <FoldedText text={entry.answer} className="soft" />}
        </Row>
      );
    case "check":
      return <CheckRow check={entry} onShowTerminal={onShowTerminal} />;
    case "stop":
      return <Stop entry={entry} />;
    default:
      return assertNever(entry);
  }
}

const deliveryWords = {
  queued: "queued, after this turn",
  delivered: "",
  "taken-back": "taken back; the agent did not get it",
} as const;

const questionWords = {
  waiting: "waiting for you, below",
  answered: "you answered",
  declined: "you declined",
  cancelled: "you left it",
  expired: "nobody answered in time",
  withdrawn: "it ended before anyone answered",
} as const;

export function Row({
  icon,
  look = "",
  head,
  note = "",
  at,
  className = "",
  children,
}: {
  readonly icon: IconName;
  readonly look?: string;
  readonly className?: string;
  readonly head: string;
  readonly note?: string;
  readonly at: number;
  readonly children?: ReactNode;
}) {
  return (
    <div className={`event ${className}`}>
      <Icon name={icon} className={look} />
      <div className="body">
        <p className="head">
          {head}
          {note !== "" && <span className="soft"> {note}</span>}
        </p>
        {children}
      </div>
      <Time at={at} />
    </div>
  );
}

/** The stages that a run went through, the one that it is in last. */
export function StagesRow({ stages }: { readonly stages: readonly StageEntry[] }) {
  return (
    <div className="event event-line">
      <Icon name="box" />
      <p className="body stages">
        {stages.map((stage) => (
          <span key={stage.id}>{stage.text}</span>
        ))}
      </p>
      <Time at={stages.at(-1)?.at ?? 0} />
    </div>
  );
}

function Line({ icon, at, text }: { readonly icon: IconName; readonly at: number; readonly text: string }) {
  return (
    <div className="event event-line">
      <Icon name={icon} />
      <div className="body">
        <FoldedText text={text} />
        <RemedyPlace remedy={text} />
      </div>
      <Time at={at} />
    </div>
  );
}

function Time({ at }: { readonly at: number }) {
  return <time dateTime={new Date(at).toISOString()}>{writeClock(at)}</time>;
}

function Thought({ text, at }: { readonly text: string; readonly at: number }) {
  const [isOpen, setOpen] = useState(false);
  const [first = ""] = text.trimStart().split("\n", 1);
  return (
    <div className="event event-line">
      <Icon name="dash" />
      <div className="body">
        <button type="button" className="thought" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? "down" : "right"} size={14} />
          <span>Thought</span>
          {!isOpen && <span className="label clip">{first.slice(0, 200)}</span>}
        </button>
        {isOpen && (
          <p className="soft prose-text" dir="auto">
            {text}
          </p>
        )}
      </div>
      <Time at={at} />
    </div>
  );
}

const steps = {
  completed: { icon: "check", look: "is-allow", word: "done" },
  in_progress: { icon: "half", look: "is-running", word: "under way" },
  pending: { icon: "circle", look: "label", word: "to do" },
} as const;

function Plan({ steps: entries }: { readonly steps: readonly PlanEntry[] }) {
  return (
    <ol className="plan">
      {entries.map((step, index) => {
        const { icon, look, word } = steps[step.status];
        return (
          // oxlint-disable-next-line react/no-array-index-key -- a plan comes whole each time, and its steps have no id
          <li key={index} aria-current={step.status === "in_progress" ? "step" : undefined}>
            <Icon name={icon} size={14} className={look} />
            <span className="visually-hidden">{word}: </span>
            <span className="prose-text" dir="auto">
              {step.text}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Stop({ entry }: { readonly entry: Extract<TimelineEntry, { kind: "stop" }> }) {
  const { what, detail, remedy } = stopWords(entry.reason);
  return (
    <div className="event">
      <Icon name="deny" className="is-deny" />
      <div className="body">
        <p className="head is-deny">{what}</p>
        {detail !== "" && (
          <p className="stop-detail">
            <code>{escapeControls(detail, { keepLines: true })}</code>
          </p>
        )}
        <p className="soft">{remedy}</p>
        <RemedyPlace remedy={remedy} />
      </div>
      <Time at={entry.at} />
    </div>
  );
}
