import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { TaskId } from "#shared/contract/ids.ts";
import { useAppStatus } from "../rpc/app-status.ts";
import { useBoard } from "../rpc/board-store.ts";
import { useChange } from "../rpc/queries.ts";
import { useCommands } from "../ui/commands.ts";
import { Confirm, Dialog } from "../ui/Dialog.tsx";
import { ErrorNote } from "../ui/states.tsx";
import { hostPath } from "./host-path.ts";
import { places, settingsPlace } from "./places.ts";
import { useKeyListener } from "./use-key-listener.ts";

const Palette = lazy(async () => ({ default: (await import("./Palette.tsx")).Palette }));
const ShortcutSheet = lazy(async () => ({ default: (await import("./ShortcutSheet.tsx")).ShortcutSheet }));
const NewTaskDialog = lazy(async () => ({ default: (await import("../features/board/NewTaskDialog.tsx")).NewTaskDialog }));
const AddRepositoryDialog = lazy(async () => ({
  default: (await import("../features/board/AddRepositoryDialog.tsx")).AddRepositoryDialog,
}));

type Open = "palette" | "shortcuts" | "new-task" | "add-repository" | "stop-everything" | null;

/** The commands that are there on every page, the dialogs they open, and the one listener for keys. */
export function GlobalCommands() {
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const lock = useChange((client, _: null) => client.unlock.lock({}));
  useKeyListener();
  useHostPlaces((path) => void navigate({ to: path }));
  const openTerminals = () => {
    const taskId = latestRun();
    if (taskId !== null) void navigate({ to: "/tasks/$taskId", params: { taskId }, search: { tab: "terminals" } });
  };
  useCommands(
    [
      {
        id: "app.palette",
        label: "Search, or run a command",
        group: "Gatehouse",
        keys: ["mod+k"],
        inPalette: false,
        inOverlay: true,
        run: () => setOpen("palette"),
      },
      { id: "task.new", label: "New task", group: "Gatehouse", keys: ["mod+n", "c"], icon: "plus", run: () => setOpen("new-task") },
      { id: "repository.add", label: "Add a repository", group: "Gatehouse", icon: "folder", run: () => setOpen("add-repository") },
      ...[...places, settingsPlace].map((place) => ({
        id: `go.${place.path}`,
        label: place.label,
        group: "Places",
        keys: [place.keys],
        icon: place.icon,
        run: () => void navigate({ to: place.path }),
      })),
      {
        id: "go./settings/models",
        label: "Models and budgets",
        group: "Places",
        icon: settingsPlace.icon,
        run: () => void navigate({ to: "/settings/models" }),
      },
      {
        id: "go./settings/mcp",
        label: "MCP servers",
        group: "Places",
        icon: settingsPlace.icon,
        run: () => void navigate({ to: "/settings/mcp" }),
      },
      {
        id: "app.lock",
        label: "Lock",
        group: "Gatehouse",
        keys: ["mod+l"],
        icon: "lock",
        inOverlay: true,
        run: () => lock.run(null),
      },
      { id: "app.stop-everything", label: "Stop everything", group: "Gatehouse", icon: "stop", run: () => setOpen("stop-everything") },
      {
        id: "app.shortcuts",
        label: "Keyboard shortcuts",
        group: "Gatehouse",
        keys: ["?"],
        icon: "keyboard",
        inOverlay: true,
        run: () => setOpen("shortcuts"),
      },
      { id: "go.terminals", label: "Terminals of the latest run", group: "Places", keys: ["mod+j"], icon: "terminal", run: openTerminals },
    ],
    "everywhere",
  );
  return (
    <Suspense>
      {open === "palette" && <Palette onClose={close} />}
      {open === "shortcuts" && <ShortcutSheet onClose={close} />}
      {open === "new-task" && (
        <NewTaskDialog
          onClose={close}
          onAddRepository={() => setOpen("add-repository")}
          onCreated={({ id, attemptGroup }, isStarted) => {
            close();
            if (!isStarted) return;
            if (attemptGroup === null) void navigate({ to: "/tasks/$taskId", params: { taskId: id } });
            else void navigate({ to: "/attempts/$group", params: { group: attemptGroup } });
          }}
        />
      )}
      {open === "add-repository" && <AddRepositoryDialog onClose={close} />}
      <StopEverything open={open === "stop-everything"} onClose={close} />
      {lock.problem !== null && (
        <Dialog open onClose={lock.forget} title="Gatehouse could not be locked">
          <ErrorNote problem={lock.problem} action={{ label: "Try again", run: () => lock.run(null) }} />
        </Dialog>
      )}
    </Suspense>
  );
}

/** Also used by the locked screen: it works while locked. */
export function StopEverything({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const stop = useChange((client, _: null) => client.app.stopEverything({}), { onDone: onClose });
  const isLocked = useAppStatus((app) => app.status?.lock.state === "locked");
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title="Stop everything?"
      action="Stop everything"
      onConfirm={() => stop.run(null)}
      isRunning={stop.isRunning}
    >
      <p>
        Every agent is stopped at once and what it was allowed for its run is taken back. What waits for an answer is denied
        {isLocked ? "." : ", and Gatehouse locks."} Work that an agent had not handed over is lost.
      </p>
      {stop.problem !== null && <ErrorNote problem={stop.problem} className="mt-3" />}
    </Confirm>
  );
}

/** The task whose run began last, of those that run; null when nothing does. */
function latestRun(): TaskId | null {
  let latest: { readonly id: TaskId; readonly at: number } | null = null;
  for (const { id, state } of useBoard.getState().tasks.values()) {
    if (state.state === "running" && state.startedAt > (latest?.at ?? -1)) latest = { id, at: state.startedAt };
  }
  return latest?.id ?? null;
}

/** Places that the desktop host asks for, from its menu, its tray or a notification: `vault`, `task/t-…`. */
function useHostPlaces(go: (path: string) => void): void {
  const latest = useRef(go);
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    const listen = (event: MessageEvent<unknown>) => {
      const path = event.source === window ? hostPath(event.data) : null;
      if (path !== null) latest.current(path);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);
}
