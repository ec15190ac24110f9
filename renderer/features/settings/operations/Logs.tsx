import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { LogEvent, LogLine } from "#shared/contract/log.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useClient } from "../../../rpc/client.ts";
import { useChange } from "../../../rpc/queries.ts";
import { useLive } from "../../../rpc/use-live.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { writeClock, writeNumber } from "../../../ui/format.ts";
import { Select } from "../../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../../ui/states.tsx";
import { useFixedRows } from "../../../ui/use-fixed-rows.ts";
import { chooseLines, type Level } from "./log-choice.ts";

const rowHeight = 22;
/** Lines that the page holds, at most; the files hold more. */
const heldLines = 6_000;

/** The app's own log, live: nothing in it is a secret, code or a prompt. */
export function Logs() {
  const client = useClient();
  const live = useLive<LogEvent, readonly LogLine[]>("logs", (signal) => client.logs.watch({}, { signal }), fold);
  const [level, setLevel] = useState<Level>("info");
  const [text, setText] = useState("");
  const [isFollowing, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<LogLine | null>(null);
  const lines = chooseLines(live.value ?? [], level, text);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="log-bar">
        <Select
          label="Least level"
          className="w-40"
          value={level}
          options={[
            { value: "debug", label: "Everything" },
            { value: "info", label: "Info and above" },
            { value: "warning", label: "Warnings, errors" },
            { value: "error", label: "Errors" },
          ]}
          onChange={setLevel}
        />
        <span className="field w-64">
          <input
            aria-label="Find in the log"
            placeholder="Find: words, a call, a run"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </span>
        <span className="label small num">{writeNumber(lines.length)} lines</span>
        <span className="push inline-flex gap-2">
          <Button size="small" aria-pressed={isFollowing} onClick={() => setFollowing(!isFollowing)}>
            {isFollowing ? "Following" : "Follow"}
          </Button>
          <Report />
        </span>
      </div>
      {live.problem !== null && <ErrorNote problem={live.problem} className="m-3" />}
      {live.value === null && live.problem === null && <Loading what="the log" rows={12} />}
      {live.value !== null && lines.length === 0 && <EmptyState>No line is like that.</EmptyState>}
      {lines.length > 0 && (
        <Lines lines={lines} isFollowing={isFollowing} chosen={chosen} onChoose={setChosen} onLeaveEnd={() => setFollowing(false)} />
      )}
      {chosen !== null && <Detail line={chosen} onFind={(call) => setText(call)} onClose={() => setChosen(null)} />}
    </div>
  );
}

function Lines({
  lines,
  isFollowing,
  chosen,
  onChoose,
  onLeaveEnd,
}: {
  readonly lines: readonly LogLine[];
  readonly isFollowing: boolean;
  readonly chosen: LogLine | null;
  readonly onChoose: (line: LogLine) => void;
  readonly onLeaveEnd: () => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const { rows, show } = useFixedRows(frame, { count: lines.length, rowHeight, headHeight: 0 });
  const last = lines.at(-1)?.number;
  useEffect(() => {
    if (isFollowing && last !== undefined) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [isFollowing, last]);
  const press = (event: KeyboardEvent) => {
    if (["ArrowUp", "PageUp", "Home"].includes(event.key)) onLeaveEnd();
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    const from = chosen === null ? (step < 0 ? lines.length : -1) : lines.findIndex(({ number }) => number === chosen.number);
    const next = lines[from + step];
    if (next === undefined) return;
    event.preventDefault();
    show(from + step);
    onChoose(next);
  };
  return (
    <div
      className="log-lines"
      ref={frame}
      role="listbox"
      aria-label="Log lines, newest last"
      tabIndex={0}
      onWheel={(event) => event.deltaY < 0 && onLeaveEnd()}
      onKeyDown={press}
    >
      <div style={{ height: rows.height, position: "relative" }}>
        {lines.slice(rows.first, rows.end).map((line, index) => (
          <button
            key={line.number}
            type="button"
            role="option"
            tabIndex={-1}
            className={`log-line is-${line.level}`}
            aria-selected={chosen?.number === line.number}
            style={{ transform: `translateY(${rows.topOf(rows.first + index)}px)` }}
            onClick={() => onChoose(line)}
          >
            <span className="num label">{writeClock(line.at, true)}</span>
            <span className="log-level">{line.level}</span>
            <span className="clip">
              {escapeControls(line.message)} <span className="label">{escapeControls(line.fields)}</span>
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}

function Detail({
  line,
  onFind,
  onClose,
}: {
  readonly line: LogLine;
  readonly onFind: (call: string) => void;
  readonly onClose: () => void;
}) {
  const { call } = line;
  return (
    <div className="log-detail" role="region" aria-label="The chosen line">
      <p className="flex flex-wrap items-center gap-3">
        <span className="font-medium">{escapeControls(line.message)}</span>
        {call !== null && (
          <Button
            size="small"
            look="quiet"
            title="Show all lines of this call; the audit log finds its entries by the same id"
            onClick={() => onFind(call)}
          >
            <code>{call}</code>
          </Button>
        )}
        <Button size="small" look="quiet" className="push" onClick={onClose}>
          Close
        </Button>
      </p>
      <pre className="settings-file">{escapeControls(pretty(line.fields))}</pre>
    </div>
  );
}

/** Shown before it is copied: whoever sends it sees what they send. */
function Report() {
  const [report, setReport] = useState<string | null>(null);
  const [isCopied, setCopied] = useState(false);
  const make = useChange((client, _: null) => client.logs.report({}), { onDone: ({ text }) => setReport(text) });
  const copy = async () => {
    await navigator.clipboard.writeText(report ?? "");
    setCopied(true);
  };
  return (
    <>
      <Button size="small" onClick={() => make.run(null)} off={make.isRunning && "It is being made"}>
        Report a fault…
      </Button>
      <Dialog
        open={report !== null || make.problem !== null}
        onClose={() => {
          setReport(null);
          setCopied(false);
          make.forget();
        }}
        title="What a report says"
        className="log-report"
        foot={
          <Button look="primary" className="push" onClick={() => void copy()} off={report === null && "There is nothing to copy"}>
            {isCopied ? "Copied" : "Copy it"}
          </Button>
        }
      >
        <p className="soft">
          Versions, health and the newest lines. Live secrets, what looks like a key, your name and your home folder are taken out. Read it
          before you send it.
        </p>
        {make.problem !== null && <ErrorNote problem={make.problem} />}
        <pre className="settings-file">{escapeControls(report ?? "")}</pre>
      </Dialog>
    </>
  );
}

function fold(held: readonly LogLine[] | null, event: LogEvent): readonly LogLine[] {
  if (event.kind === "snapshot") return event.lines;
  const lines = [...(held ?? []), event.line];
  return lines.length > heldLines ? lines.slice(-heldLines) : lines;
}

function pretty(fields: string): string {
  try {
    return JSON.stringify(JSON.parse(fields), null, 2);
  } catch {
    return fields;
  }
}
