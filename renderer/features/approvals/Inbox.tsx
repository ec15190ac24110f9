import { type KeyboardEvent, memo, type MouseEvent, useEffect, useRef } from "react";
import { RequestId } from "#shared/contract/ids.ts";
import type { PersonRequest } from "#shared/contract/permission.ts";
import { CommandText } from "../../ui/CommandText.tsx";
import { writeAgo, writeNumber } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { requestText, worstRisk } from "../../ui/request-words.ts";
import { useNow } from "../../ui/use-now.ts";
import { moveOfKey } from "./answer-guard.ts";
import { fuseOf } from "./fuse.ts";
import { type InboxGroup, moved } from "./inbox-groups.ts";
import type { Marks } from "./marks.ts";
import { settledWords } from "./SettledLine.tsx";
import { pressOf } from "./use-prompt.ts";
import "./inbox.css";

/** A command longer than this is named by its length in the list; the prompt beside it shows it whole. */
const longestInList = 600;

const steps: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1 };

/** All that waits, and what was settled just now, as one list to move through. */
export function Inbox({
  groups,
  selected,
  marks,
  onSelect,
  onMark,
}: {
  readonly groups: readonly InboxGroup[];
  readonly selected: RequestId | null;
  readonly marks: Marks;
  readonly onSelect: (id: RequestId) => void;
  readonly onMark: (id: RequestId) => void;
}) {
  const move = (event: KeyboardEvent) => {
    const step = moveOfKey(pressOf(event.nativeEvent)) ?? steps[event.key] ?? null;
    const next = step === null ? null : moved(groups, selected, step);
    if (next === null) return;
    event.preventDefault();
    onSelect(next);
  };
  const press = (event: MouseEvent) => {
    const row = event.target instanceof Element ? event.target.closest("[data-request]") : null;
    const id = RequestId.safeParse(row?.getAttribute("data-request"));
    if (!id.success) return;
    const isGone = row?.classList.contains("is-gone") === true;
    if (!isGone && (event.metaKey || event.ctrlKey)) onMark(id.data);
    else onSelect(id.data);
  };
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (selected !== null) list.current?.querySelector(`[data-request="${selected}"]`)?.scrollIntoView({ block: "nearest" });
  }, [selected]);
  return (
    <div
      className="inbox"
      data-in-page=""
      role="listbox"
      aria-label="Requests"
      tabIndex={0}
      ref={list}
      onKeyDown={move}
      onClick={press}
      {...(selected === null ? {} : { "aria-activedescendant": `row-${selected}` })}
    >
      {groups.map((group, index) => (
        <div key={group.id} role="group" aria-label={group.label}>
          <h2 className="group-head">
            {group.label} <span className="label num">{group.requests.length}</span>
            {index === 0 && (
              <span className="label push move-hint">
                <Kbd keys="j" bare /> <Kbd keys="k" bare /> to move, <Kbd keys="x" bare /> to mark
              </span>
            )}
          </h2>
          {group.requests.map((request) => (
            <Row
              key={request.id}
              request={request}
              isGrave={group.isGrave}
              isSelected={request.id === selected}
              isMarked={marks.has(request.id)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

/** Drawn again only when it has changed: hundreds may wait. */
const Row = memo(function Row({
  request,
  isGrave,
  isSelected,
  isMarked,
}: {
  readonly request: PersonRequest;
  readonly isGrave: boolean;
  readonly isSelected: boolean;
  readonly isMarked: boolean;
}) {
  const isGone = request.status.status !== "pending";
  return (
    <div
      id={`row-${request.id}`}
      data-request={request.id}
      role="option"
      aria-selected={isSelected}
      tabIndex={-1}
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
  return <CommandText command={text} parts={isPending ? request.verdict.parts : []} emphasis="part" className="cmd" />;
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
