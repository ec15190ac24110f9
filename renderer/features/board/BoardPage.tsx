import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo, useRef, useState } from "react";
import type { AgentSummary } from "#shared/contract/agent.ts";
import type { TaskId } from "#shared/contract/ids.ts";
import type { Task } from "#shared/contract/task.ts";
import { canRemove, columnOf, dropMeaning } from "#shared/domain/board.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { useRead } from "../../rpc/queries.ts";
import { IconButton } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Confirm } from "../../ui/Dialog.tsx";
import { AnchoredMenu } from "../../ui/Menu.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { BoardToolbar } from "./BoardToolbar.tsx";
import { type BoardFilter, type ColumnView, noFilter, viewBoard } from "./board-view.ts";
import { Column, firstRequests } from "./Column.tsx";
import { EmptyBoard } from "./EmptyBoard.tsx";
import { type Direction, moveFocus } from "./move-focus.ts";
import { type CardActions, useCardActions } from "./use-card-actions.ts";
import { useDrops } from "./use-card-drag.ts";
import "./board.css";

const route = getRouteApi("/");

/** Every task in its column. Drag, menu and keys do the same things. */
export function BoardPage() {
  const isLoaded = useBoard((board) => board.loaded);
  const isEmpty = useBoard((board) => board.tasks.size === 0);
  const problem = useBoard((board) => board.problem);
  if (!isLoaded) return problem === null ? <Loading what="the board" rows={8} /> : <ErrorNote problem={problem} className="m-3" />;
  return isEmpty ? <EmptyBoard /> : <FilledBoard />;
}

function FilledBoard() {
  const { filter, change } = useFilter();
  const columns = useColumns(filter);
  const { actions, problem, forgetProblem, question, answerQuestion } = useCardActions();
  const [selected, setSelected] = useState<TaskId | null>(null);
  const [focusTick, setFocusTick] = useState(0);
  const [menu, setMenu] = useState<{ readonly id: TaskId; readonly anchor: Element | DOMRect } | null>(null);
  const searchField = useRef<HTMLInputElement>(null);
  const pending = usePermissions((permissions) => permissions.pending);
  const requests = useMemo(() => firstRequests(pending), [pending]);
  const agents = useRead(["agents"], (client, signal) => client.agents.list({}, { signal }));
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const ungatedAgents = useMemo(() => new Set((agents.data ?? []).flatMap(ungatedWays)), [agents.data]);
  const onMenu = useCallback((id: TaskId, anchor: Element | DOMRect) => setMenu({ id, anchor }), []);
  const onSelect = useCallback((id: TaskId) => setSelected(id), []);
  const focus = (id: TaskId | null) => {
    setSelected(id);
    setFocusTick((tick) => tick + 1);
  };
  useBoardKeys({ columns, selected, focus, actions, focusSearch: () => searchField.current?.focus() });
  useDrops(({ id, column, over }) => {
    const task = useBoard.getState().tasks.get(id);
    if (task === undefined) return;
    const meaning = dropMeaning(task, column);
    if (meaning === "start") actions.start(id);
    else if (meaning === "rank") {
      const cards = cardsOf(columns, column);
      const below =
        over === null ? null : over.edge === "top" ? over.id : (cards[cards.findIndex((each) => each.id === over.id) + 1]?.id ?? null);
      actions.place(cards, id, below === id ? (cards[cards.findIndex((each) => each.id === id) + 1]?.id ?? null) : below);
    }
  });
  // One card is always in the tab order: the selected one where it is shown, else the first.
  const tabStop =
    selected !== null && columns.some((view) => view.rows.some((row) => row.key === selected))
      ? selected
      : moveFocus(columns, null, "down");
  const menuTask = useBoard((board) => (menu === null ? undefined : board.tasks.get(menu.id)));
  return (
    <>
      <BoardToolbar
        filter={filter}
        onFilter={change}
        agents={agents.data ?? []}
        repositories={repositories.data ?? []}
        searchField={searchField}
      />
      {problem !== null && (
        <div className="flex items-start gap-2 border-b border-line p-2">
          <ErrorNote problem={problem} className="flex-1" />
          <IconButton icon="close" name="Dismiss" onClick={forgetProblem} />
        </div>
      )}
      <div className="board">
        {columns.map((view) => (
          <Column
            key={view.column}
            view={view}
            selected={view.rows.some((row) => row.key === tabStop) ? tabStop : null}
            focusTick={view.rows.some((row) => row.key === selected) ? focusTick : 0}
            requests={requests}
            ungatedAgents={ungatedAgents}
            onSelect={onSelect}
            onOpen={actions.open}
            onAnswer={actions.answer}
            onRetry={actions.retry}
            onMenu={onMenu}
          />
        ))}
      </div>
      {menu !== null && menuTask !== undefined && (
        <AnchoredMenu
          key={menu.id}
          name={`Actions for ${menuTask.title}`}
          anchor={menu.anchor}
          entries={actions.entries(menuTask)}
          onClose={() => setMenu(null)}
        />
      )}
      <Confirm
        open={question !== null}
        onClose={() => answerQuestion(false)}
        title={question?.kind === "discard" ? "Discard the work?" : "Delete the task?"}
        action={question?.kind === "discard" ? "Discard" : "Delete"}
        onConfirm={() => answerQuestion(true)}
      >
        <p>
          {question?.kind === "discard"
            ? "The branch that the agent made is dropped, and the task goes to Done. Your repository is not touched."
            : "The task goes, with its timeline and what its agent made. The audit log keeps its entries."}
        </p>
      </Confirm>
    </>
  );
}

function cardsOf(columns: readonly ColumnView[], column: ColumnView["column"]): readonly Task[] {
  const view = columns.find((each) => each.column === column);
  return view?.rows.flatMap((row) => (row.kind === "card" ? [row.task] : [])) ?? [];
}

/** The repository is in the address, so that the sidebar can link to it; the rest lives as long as the page. */
function useFilter(): { readonly filter: BoardFilter; readonly change: (change: Partial<BoardFilter>) => void } {
  const { repository } = route.useSearch();
  const navigate = route.useNavigate();
  const [rest, setRest] = useState(noFilter);
  const filter = useMemo(() => ({ ...rest, repositoryId: repository ?? null }), [rest, repository]);
  return {
    filter,
    change: (change) => {
      if (change.repositoryId !== undefined)
        void navigate({ search: change.repositoryId === null ? {} : { repository: change.repositoryId }, replace: true });
      setRest((before) => ({ ...before, ...change }));
    },
  };
}

function useColumns(filter: BoardFilter): readonly ColumnView[] {
  const tasks = useBoard((board) => board.tasks);
  const deferred = useDeferredValue(filter);
  const before = useRef<readonly ColumnView[]>([]);
  return useMemo(() => {
    // oxlint-disable-next-line react/refs -- only saves work: a column that is the same as before keeps its identity
    const next = viewBoard(tasks.values(), deferred, before.current);
    // oxlint-disable-next-line react/refs -- see above
    before.current = next;
    return next;
  }, [tasks, deferred]);
}

interface BoardKeys {
  readonly columns: readonly ColumnView[];
  readonly selected: TaskId | null;
  readonly focus: (id: TaskId | null) => void;
  readonly actions: CardActions;
  readonly focusSearch: () => void;
}

function useBoardKeys({ columns, selected, focus, actions, focusSearch }: BoardKeys): void {
  const task = useBoard((board) => (selected === null ? undefined : board.tasks.get(selected)));
  const go = (direction: Direction) => () => focus(moveFocus(columns, selected, direction));
  const on = (run: (task: Task) => unknown) => () => task !== undefined && run(task);
  const nudge = (step: -1 | 1) => (moved: Task) => {
    const cards = cardsOf(columns, columnOf(moved));
    const index = cards.findIndex((each) => each.id === moved.id);
    if (dropMeaning(moved, columnOf(moved)) !== "rank" || index + step < 0 || index + step >= cards.length) return;
    actions.place(cards, moved.id, cards[step === -1 ? index - 1 : index + 2]?.id ?? null);
  };
  const card = { group: "Board", inPalette: false };
  useCommands([
    { ...card, id: "board.down", label: "Next card", keys: ["j", "arrowdown"], run: go("down") },
    { ...card, id: "board.up", label: "Card before", keys: ["k", "arrowup"], run: go("up") },
    { ...card, id: "board.right", label: "Next column", keys: ["l", "arrowright"], run: go("right") },
    { ...card, id: "board.left", label: "Column before", keys: ["h", "arrowleft"], run: go("left") },
    { ...card, id: "board.answer", label: "Answer, or open", keys: ["enter"], run: on((each) => actions.answer(each.id)) },
    { ...card, id: "board.open", label: "Open the task", keys: ["o"], run: on((each) => actions.open(each.id)) },
    { ...card, id: "board.start", label: "Start", keys: ["s"], run: on((each) => actions.start(each.id)) },
    { ...card, id: "board.retry", label: "Try the model again", keys: ["t"], run: on((each) => actions.retry(each.id)) },
    { ...card, id: "board.stop", label: "Stop", keys: ["x"], run: on((each) => actions.stop(each.id)) },
    { ...card, id: "board.raise", label: "Move up in its column", keys: ["shift+k", "shift+arrowup"], run: on(nudge(-1)) },
    { ...card, id: "board.lower", label: "Move down in its column", keys: ["shift+j", "shift+arrowdown"], run: on(nudge(1)) },
    {
      ...card,
      id: "board.remove",
      label: "Delete the task",
      keys: ["delete", "backspace"],
      run: on((each) => canRemove(each.state) && actions.ask({ kind: "remove", task: each })),
    },
    { id: "board.filter", label: "Filter the board", group: "Board", keys: ["/"], icon: "search", run: focusSearch },
  ]);
}

/** Agent and interface, where nothing makes the agent ask. */
function ungatedWays({ id, gate, terminal }: AgentSummary): readonly string[] {
  return [...(gate === "none" ? [`${id} chat`] : []), ...(terminal === "ungated" ? [`${id} terminal`] : [])];
}
