import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { type BoardColumn, columnOf } from "#shared/domain/board.ts";
import { useBoard } from "../rpc/board-store.ts";
import { usePermissions } from "../rpc/permissions-store.ts";
import { useRead } from "../rpc/queries.ts";
import { runCommand } from "../ui/commands.ts";
import { Icon, type IconName } from "../ui/Icon.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { type Place, places, settingsPlace } from "./places.ts";

export function Sidebar() {
  return (
    <nav className="sidebar" aria-label="Places">
      {places.map((place) => (
        <PlaceLink key={place.path} place={place} />
      ))}
      <h2 className="nav-title">Repositories</h2>
      <Repositories />
      <button type="button" className="nav-item" title="Add a repository" onClick={() => runCommand("repository.add")}>
        <Icon name="plus" />
        <span>Add a repository</span>
      </button>
      <span className="mt-auto" />
      <PlaceLink place={settingsPlace} />
    </nav>
  );
}

function PlaceLink({ place }: { readonly place: Place }) {
  return (
    <Link to={place.path} className="nav-item" title={place.label} activeOptions={{ exact: true, includeSearch: false }}>
      <Icon name={place.icon} />
      <span>{place.label}</span>
      {place.path === "/approvals" && <WaitingTag />}
      <Kbd keys={place.keys} bare />
    </Link>
  );
}

function WaitingTag() {
  const waiting = usePermissions((permissions) => permissions.pending.length);
  return waiting === 0 ? null : (
    <span className="tag is-ask num">
      {waiting}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
}

const marks = {
  "needs-you": { icon: "question", look: "is-ask" },
  running: { icon: "half", look: "is-running" },
  review: { icon: "eye", look: "is-review" },
  queued: { icon: "clock", look: "is-done" },
} as const satisfies Partial<Record<BoardColumn, { icon: IconName; look: string }>>;

const urgency = ["needs-you", "running", "review", "queued"] as const;

function Repositories() {
  const tasks = useBoard((board) => board.tasks);
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const byRepository = useMemo(() => {
    const columns = new Map<string, Map<BoardColumn, number>>();
    for (const task of tasks.values()) {
      const counts = columns.get(task.repositoryId) ?? new Map<BoardColumn, number>();
      const column = columnOf(task);
      counts.set(column, (counts.get(column) ?? 0) + 1);
      columns.set(task.repositoryId, counts);
    }
    return columns;
  }, [tasks]);
  return repositories.data?.map((repository) => {
    const counts = byRepository.get(repository.id);
    const worst = urgency.find((column) => (counts?.get(column) ?? 0) > 0);
    const active = urgency.reduce((sum, column) => sum + (counts?.get(column) ?? 0), 0);
    const mark = worst === undefined ? { icon: "circle" as const, look: "is-done" } : marks[worst];
    return (
      <Link
        key={repository.id}
        to="/"
        search={{ repository: repository.id }}
        className="nav-item"
        title={`${repository.name}: ${active} active`}
        activeOptions={{ exact: true, includeSearch: true }}
      >
        <span className={`swatch ${mark.look}`}>
          <Icon name={mark.icon} size={14} />
        </span>
        <span className="clip">{repository.name}</span>
        <span className="count">{active}</span>
      </Link>
    );
  });
}
