import { type KeyboardEvent, useId, useRef, useState } from "react";
import type { Replay } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button } from "../../ui/Button.tsx";
import { writeAgo, writeCount } from "../../ui/format.ts";
import { useFixedRows } from "../../ui/use-fixed-rows.ts";
import { useNow } from "../../ui/use-now.ts";
import { listLooks } from "./rule-words.ts";
import { Icon } from "../../ui/Icon.tsx";

type Change = Replay["changes"][number];

const rowHeight = 28;

/** Which of them a person wants to see. */
const kinds = {
  all: { label: "All", holds: () => true },
  loosened: { label: "Allowed, which you denied", holds: ({ decision, wasAllowed }: Change) => decision === "allow" && !wasAllowed },
  tightened: { label: "Denied, which you allowed", holds: ({ decision, wasAllowed }: Change) => decision === "deny" && wasAllowed },
} as const;
type Kind = keyof typeof kinds;
const kindNames: readonly Kind[] = ["all", "loosened", "tightened"];

/** The requests behind a replay's sentence, thousands of them, walked by keyboard. Enter opens one in the try-it box. */
export function ReplayList({
  changes,
  total,
  onOpen,
}: {
  readonly changes: readonly Change[];
  readonly total: number;
  readonly onOpen: (id: Change["id"]) => void;
}) {
  const [kind, setKind] = useState<Kind>("all");
  const [chosen, setChosen] = useState(0);
  const shown = changes.filter(kinds[kind].holds);
  const at = Math.min(chosen, shown.length - 1);
  const frame = useRef<HTMLDivElement>(null);
  const { rows, show } = useFixedRows(frame, { count: shown.length, rowHeight, headHeight: 0 });
  const now = useNow();
  const id = useId();
  const move = (to: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setChosen(next);
    show(next);
  };
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / rowHeight) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: shown.length - 1 }[event.key];
    const row = shown[at];
    if (to !== undefined) move(to);
    else if (event.key === "Enter" && row !== undefined) onOpen(row.id);
    else return;
    event.preventDefault();
  };
  return (
    <div className="replay">
      <div className="replay-kinds" role="group" aria-label="Which ones">
        {kindNames.map((name) => {
          const count = changes.filter(kinds[name].holds).length;
          return name !== "all" && count === 0 ? null : (
            <Button
              key={name}
              size="small"
              look={name === kind ? "plain" : "quiet"}
              aria-pressed={name === kind}
              onClick={() => {
                setKind(name);
                move(0);
              }}
            >
              {kinds[name].label} <span className="num label">{count.toLocaleString("en")}</span>
            </Button>
          );
        })}
      </div>
      <div
        ref={frame}
        className="replay-rows"
        role="listbox"
        tabIndex={0}
        aria-label={`${writeCount(shown.length, "request")} that would be decided otherwise; Enter tries one`}
        aria-activedescendant={shown.length === 0 ? undefined : `${id}-${at}`}
        onKeyDown={press}
      >
        <div role="presentation" style={{ height: rows.height, position: "relative" }}>
          {shown.slice(rows.first, rows.end).map((change, offset) => {
            const row = rows.first + offset;
            return (
              <ReplayRow
                key={row}
                id={`${id}-${row}`}
                {...{ change, now }}
                place={row}
                count={shown.length}
                top={rows.topOf(row)}
                isChosen={row === at}
                onChoose={() => (row === at ? onOpen(change.id) : setChosen(row))}
              />
            );
          })}
        </div>
      </div>
      {total > changes.length && (
        <p className="label small">
          {changes.length.toLocaleString("en")} of {total.toLocaleString("en")}: the newest of each kind.
        </p>
      )}
    </div>
  );
}

function ReplayRow({
  id,
  change,
  now,
  place,
  count,
  top,
  isChosen,
  onChoose,
}: {
  readonly id: string;
  readonly change: Change;
  readonly now: number;
  readonly place: number;
  readonly count: number;
  readonly top: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}) {
  const { icon, look } = listLooks[change.decision];
  const isAgainst = (change.decision === "allow") !== change.wasAllowed;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the list has the keys and the focus
    <div
      id={id}
      role="option"
      aria-selected={isChosen}
      aria-posinset={place + 1}
      aria-setsize={count}
      className={`replay-row ${isChosen ? "is-chosen" : ""}`}
      style={{ top, height: rowHeight }}
      onClick={onChoose}
    >
      <span className={`verdict-word ${look}`}>
        <Icon name={icon} size={14} />
        {change.decision === "allow" ? "Allowed" : "Denied"}
      </span>
      <code className="clip">{escapeControls(change.summary)}</code>
      <span className={`push ${isAgainst ? "is-deny" : "label"}`}>
        {change.wasAllowed ? "you allowed it" : "you denied it"} {writeAgo(change.at, now)}
      </span>
    </div>
  );
}
