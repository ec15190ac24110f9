import { memo } from "react";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import { writeAgo, writeNumber } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { requestText, worstRisk } from "../../ui/request-words.ts";
import { useNow } from "../../ui/use-now.ts";
import { fuseOf } from "./fuse.ts";
import { settledWords } from "./SettledLine.tsx";
import "./inbox.css";

/** A command longer than this is named by its length in the list; the prompt beside it shows it whole. */
const longestInList = 240;

/** A request in the list. Drawn again only when it has changed. */
export const InboxRow = memo(function InboxRow({
  request,
  place,
  total,
  isGrave,
  isSelected,
  isMarked,
}: {
  readonly request: PersonRequest;
  /** Among all requests of the list, from 1. */
  readonly place: number;
  readonly total: number;
  readonly isGrave: boolean;
  readonly isSelected: boolean;
  readonly isMarked: boolean;
}) {
  const isGone = request.status.status !== "pending";
  return (
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- the list has the focus and names its row
    <div
      id={`row-${request.id}`}
      data-request={request.id}
      role="option"
      aria-selected={isSelected}
      aria-posinset={place}
      aria-setsize={total}
      className={`ask-row ${isGone ? "is-gone" : ""} ${isMarked && !isGone ? "is-marked" : ""}`}
    >
      <RowHead request={request} isGrave={isGrave} isMarked={isMarked} />
      <RowText request={request} />
      <span className="who clip">
        {request.taskTitle} · {request.agentName} · {request.repositoryName}
      </span>
    </div>
  );
});

function RowText({ request }: { readonly request: PersonRequest }) {
  if (request.kind === "question") {
    return (
      <span className="prose-text row-message" dir="auto">
        {request.form.message}
      </span>
    );
  }
  const text = requestText(request.request);
  if (text.length > longestInList) {
    return (
      <span className="cmd">
        A command of <b>{writeNumber(text.length)} characters</b>, shown whole beside this list
      </span>
    );
  }
  const isPending = request.status.status === "pending";
  return <CommandText command={text} verdict={isPending ? request.verdict : null} emphasis="part" className="cmd" />;
}

const asks = { word: "Asks", icon: "question" } as const;

function RowHead({
  request,
  isGrave,
  isMarked,
}: {
  readonly request: PersonRequest;
  readonly isGrave: boolean;
  readonly isMarked: boolean;
}) {
  const now = useNow();
  const settled = settledWords(request);
  if (settled !== null) {
    return (
      <>
        <span className="risk">
          <Icon name={settled.icon} size={14} />
          {settled.words}
        </span>
        <span className="left">{writeAgo(settled.at, now)}</span>
      </>
    );
  }
  const risk = request.kind === "question" ? { word: "A form", icon: "message" as const } : (worstRisk(request.verdict) ?? asks);
  const fuse = fuseOf(request, now);
  return (
    <>
      <span className={`risk ${isGrave ? "is-deny" : ""}`}>
        <Icon name={risk.icon} size={14} />
        {risk.word}
        {isMarked && (
          <span className="mark">
            <Icon name="check" size={14} />
            marked
          </span>
        )}
      </span>
      <span className={`left ${fuse?.isShort === true ? "is-short" : ""}`}>{fuse?.clock ?? "paused"}</span>
    </>
  );
}
