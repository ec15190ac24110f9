import { useRef, useState } from "react";
import type { TaskId, TerminalId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import type { TerminalSummary } from "#shared/contract/terminal.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useClient } from "../../../rpc/client.ts";
import { useChange } from "../../../rpc/queries.ts";
import { useLive } from "../../../rpc/use-live.ts";
import { Button, IconButton } from "../../../ui/Button.tsx";
import { Icon } from "../../../ui/Icon.tsx";
import { EmptyState, ErrorNote } from "../../../ui/states.tsx";
import { Tabs } from "../../../ui/Tabs.tsx";
import { LinkQuestion } from "./LinkQuestion.tsx";
import { chosenTerminal, orderedTerminals } from "./terminal-order.ts";
import { type ScreenHandle, TerminalView } from "./TerminalView.tsx";
import { TerminalSearch } from "./TerminalSearch.tsx";
import "./terminals.css";

/** The terminals of one task, live. */
export function useTerminals(taskId: TaskId): readonly TerminalSummary[] {
  const client = useClient();
  const live = useLive(
    `terminals:${taskId}`,
    (signal) => client.terminals.watch({ taskId }, { signal }),
    (_: readonly TerminalSummary[] | null, event) => event.terminals,
  );
  return live.value ?? none;
}

const none: readonly TerminalSummary[] = [];

/** The agent's commands and the operator's own shell, one at a time on screen. */
export function TerminalsTab({
  task,
  terminals,
  wished,
  onWish,
}: {
  readonly task: Task;
  readonly terminals: readonly TerminalSummary[];
  /** What the person chose; null follows the newest command. */
  readonly wished: TerminalId | "shell" | null;
  readonly onWish: (id: TerminalId | "shell") => void;
}) {
  const screen = useRef<ScreenHandle>(null);
  const tabs = useRef<HTMLDivElement>(null);
  const [isSearching, setSearching] = useState(false);
  const [address, setAddress] = useState<string | null>(null);
  const ordered = orderedTerminals(terminals);
  const shell = ordered.findLast((terminal) => terminal.kind === "shell") ?? null;
  const chosen = chosenTerminal(ordered, wished);
  const value = chosen?.id ?? "shell";
  const copy = () => void navigator.clipboard.writeText(screen.current?.text() ?? "");
  const items = [
    ...ordered.map((terminal) => ({ value: terminal.id, label: <TerminalLabel terminal={terminal} /> })),
    ...(shell === null ? [{ value: "shell" as const, label: <ShellLabel /> }] : []),
  ];
  return (
    <div className="terminals" ref={tabs}>
      <Tabs<TerminalId | "shell">
        name="Terminals"
        size="small"
        value={value}
        items={items}
        onChange={onWish}
        beside={
          chosen !== null && (
            <>
              <IconButton icon="search" name="Search the terminal" onClick={() => setSearching(true)} />
              <IconButton icon="copy" name="Copy the selection, or everything" onClick={copy} />
            </>
          )
        }
      >
        {isSearching && chosen !== null && (
          <TerminalSearch
            screen={screen}
            onClose={() => {
              setSearching(false);
              screen.current?.endSearch();
              screen.current?.focus();
            }}
          />
        )}
        {chosen === null ? (
          <NoShell task={task} onOpened={onWish} />
        ) : (
          <TerminalView
            key={chosen.id}
            terminal={chosen}
            ref={screen}
            onLink={setAddress}
            onSearch={() => setSearching(true)}
            onLeave={() => tabs.current?.querySelector<HTMLElement>("[role=tab][aria-selected=true]")?.focus()}
          />
        )}
      </Tabs>
      <LinkQuestion address={address} onClose={() => setAddress(null)} />
    </div>
  );
}

function TerminalLabel({ terminal }: { readonly terminal: TerminalSummary }) {
  if (terminal.kind === "shell") return <ShellLabel hasEnded={terminal.exit !== null} />;
  const state = stateOf(terminal.exit);
  const look = {
    runs: ["half", "is-running"],
    "ended well": ["check", "is-allow"],
    ended: ["circle", "label"],
    failed: ["deny", "is-deny"],
  } as const;
  const [icon, colour] = look[state];
  return (
    <>
      <Icon name={icon} size={14} className={colour} />
      <span className="visually-hidden">{state}: </span>
      <span className="terminal-title clip">{escapeControls(terminal.title)}</span>
    </>
  );
}

/** An agent may tell of an end without a code: then nothing says that it went well. */
function stateOf(exit: TerminalSummary["exit"]): "runs" | "ended well" | "ended" | "failed" {
  if (exit === null) return "runs";
  if (exit.hasFailed) return "failed";
  return exit.code === null ? "ended" : "ended well";
}

function ShellLabel({ hasEnded = false }: { readonly hasEnded?: boolean }) {
  return (
    <>
      <Icon name="person" size={14} />
      Your shell{hasEnded && " (ended)"}
    </>
  );
}

function NoShell({ task, onOpened }: { readonly task: Task; readonly onOpened: (id: TerminalId) => void }) {
  const open = useChange((client, taskId: TaskId) => client.terminals.openShell({ taskId, columns: 100, rows: 30 }), {
    onDone: (terminal) => onOpened(terminal.id),
  });
  const canOpen = task.state.state === "running";
  return (
    <div className="p-3">
      <EmptyState
        action={
          <Button
            size="small"
            icon="terminal"
            off={canOpen ? (open.isRunning ? "It is being opened" : false) : "There is a sandbox only while the task runs"}
            onClick={() => open.run(task.id)}
          >
            Open a shell in the sandbox
          </Button>
        }
      >
        Your own shell runs beside the agent, in the same sandbox. That you open it is in the audit log.
      </EmptyState>
      {open.problem !== null && <ErrorNote problem={open.problem} />}
    </div>
  );
}
