import { Dialog } from "@base-ui/react/dialog";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useDeferredValue, useMemo, useState } from "react";
import { columnNames, columnOf } from "#shared/domain/board.ts";
import { useBoard } from "../rpc/board-store.ts";
import { type Command, useRegisteredCommands } from "../ui/commands.ts";
import { Icon } from "../ui/Icon.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { rankMatch } from "./rank-match.ts";

const shown = 50;

type Row = Pick<Command, "id" | "label" | "group" | "icon" | "keys" | "run"> & { readonly beside?: string };

/** One box for everything: commands of this page, places, and every task by its title. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [words, setWords] = useState("");
  const [active, setActive] = useState(0);
  const find = useRows();
  const drawn = useDeferredValue(words);
  const rows = useMemo(() => find(drawn), [find, drawn]);
  const choose = (row: Row | undefined) => {
    if (row === undefined) return;
    onClose();
    // After the dialog has gone, so that what the command focuses keeps the focus.
    setTimeout(row.run, 0);
  };
  const move = (step: number) => setActive((now) => (rows.length === 0 ? 0 : (now + step + rows.length) % rows.length));
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog overflow-hidden">
          <Dialog.Title className="visually-hidden">Search, or run a command</Dialog.Title>
          <div className="flex h-11 flex-none items-center gap-2 border-b border-line px-3">
            <Icon name="search" className="text-label" />
            <input
              ref={focusAtOnce}
              className="flex-1 bg-transparent text-title outline-none"
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={rows[active] === undefined ? undefined : `palette-${active}`}
              aria-label="Search, or run a command"
              placeholder="A command, a place, a task"
              spellCheck={false}
              value={words}
              onChange={(event) => {
                setWords(event.target.value);
                setActive(0);
              }}
              onKeyDown={(event) => {
                if (event.key === "ArrowDown" || (event.ctrlKey && event.key === "n")) move(1);
                else if (event.key === "ArrowUp" || (event.ctrlKey && event.key === "p")) move(-1);
                else if (event.key === "Enter")
                  // What was typed counts, also where the list has not caught up with it.
                  choose(drawn === words ? rows[active] : find(words)[0]);
                else return;
                event.preventDefault();
              }}
            />
            <Kbd keys="escape" />
          </div>
          <div id="palette-list" role="listbox" aria-label="Results" className="max-h-96 overflow-auto p-1">
            {rows.length === 0 && <p className="label px-2 py-2">Nothing is called that.</p>}
            {rows.map((row, index) => (
              <div key={row.id}>
                {rows[index - 1]?.group !== row.group && <div className="menu-title">{row.group}</div>}
                <div
                  id={`palette-${index}`}
                  ref={index === active ? reveal : undefined}
                  role="option"
                  tabIndex={-1}
                  aria-selected={index === active}
                  data-active={index === active ? "" : undefined}
                  className="menu-item"
                  onPointerMove={() => setActive(index)}
                  onClick={() => choose(row)}
                  onKeyDown={() => {}}
                >
                  <Icon name={row.icon ?? "right"} size={14} />
                  <span className="clip">{row.label}</span>
                  {row.beside !== undefined && <span className="label small push">{row.beside}</span>}
                  {row.keys?.[0] !== undefined && <Kbd keys={row.keys[0]} bare />}
                </div>
              </div>
            ))}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** As it is drawn: what is typed on goes into it, and not to the page. */
function focusAtOnce(input: HTMLInputElement | null): void {
  input?.focus({ preventScroll: true });
}

function reveal(row: HTMLElement | null): void {
  row?.scrollIntoView({ block: "nearest" });
}

/** Finds what these words may mean, best first. */
function useRows(): (words: string) => readonly Row[] {
  const commands = useRegisteredCommands();
  const tasks = useBoard((board) => board.tasks);
  const navigate = useNavigate();
  return useCallback(
    (words) => {
      const latest = new Map(commands.map((command) => [command.id, command]));
      const rows: Row[] = [...latest.values()].filter((command) => command.inPalette !== false);
      for (const task of tasks.values()) {
        if (words === "" && rows.length > shown) break;
        rows.push({
          id: task.id,
          label: task.title,
          group: "Tasks",
          icon: "board",
          beside: `${columnNames[columnOf(task)]} · ${task.repositoryName}`,
          run: () => void navigate({ to: "/tasks/$taskId", params: { taskId: task.id } }),
        });
      }
      const ranked = rows
        .map((row) => ({ row, score: rankMatch(words, `${row.label} ${row.beside ?? ""}`) }))
        .filter(({ score }) => score > 0)
        .sort((one, other) => other.score - one.score)
        .slice(0, shown)
        .map(({ row }) => row);
      // Best group first, and each group in one piece.
      const groups = [...new Set(ranked.map((row) => row.group))];
      return groups.flatMap((group) => ranked.filter((row) => row.group === group));
    },
    [commands, tasks, navigate],
  );
}
