import type { RefObject } from "react";
import type { AgentSummary } from "#shared/contract/agent.ts";
import type { Repository } from "#shared/contract/repository.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { Button } from "../../ui/Button.tsx";
import { runCommand } from "../../ui/commands.ts";
import { SearchField } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { Kbd } from "../../ui/Kbd.tsx";
import { Menu } from "../../ui/Menu.tsx";
import type { BoardFilter, GroupBy } from "./board-view.ts";

const groupings: readonly { readonly value: GroupBy; readonly label: string }[] = [
  { value: "none", label: "None" },
  { value: "repository", label: "Repository" },
  { value: "agent", label: "Agent" },
];

export function BoardToolbar({
  filter,
  onFilter,
  agents,
  repositories,
  searchField,
}: {
  readonly filter: BoardFilter;
  readonly onFilter: (change: Partial<BoardFilter>) => void;
  readonly agents: readonly AgentSummary[];
  readonly repositories: readonly Repository[];
  readonly searchField: RefObject<HTMLInputElement | null>;
}) {
  const agent = agents.find((each) => each.id === filter.agentId);
  const repository = repositories.find((each) => each.id === filter.repositoryId);
  return (
    <div className="toolbar" role="toolbar" aria-label="Board">
      <h1>Board</h1>
      <SearchField
        ref={searchField}
        name="Filter by words or branch"
        className="w-56"
        value={filter.words}
        onChange={(event) => onFilter({ words: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          onFilter({ words: "" });
          event.currentTarget.blur();
        }}
        keys={<Kbd keys="/" bare />}
      />
      <Menu
        trigger={
          <button type="button" className={`chip ${agent === undefined ? "" : "chip-set"}`}>
            Agent: {agent === undefined ? "any" : escapeControls(agent.name)} <Icon name="down" size={14} />
          </button>
        }
        entries={[
          { label: "Any agent", isChecked: agent === undefined, run: () => onFilter({ agentId: null }) },
          null,
          ...agents.map((each) => ({
            label: escapeControls(each.name),
            isChecked: each === agent,
            run: () => onFilter({ agentId: each.id }),
          })),
        ]}
      />
      <Menu
        trigger={
          <button type="button" className={`chip ${repository === undefined ? "" : "chip-set"}`}>
            <span className="clip max-w-40">Repository: {repository === undefined ? "any" : escapeControls(repository.name)}</span>
            <Icon name="down" size={14} />
          </button>
        }
        entries={[
          { label: "Any repository", isChecked: repository === undefined, run: () => onFilter({ repositoryId: null }) },
          null,
          ...repositories.map((each) => ({
            label: escapeControls(each.name),
            isChecked: each === repository,
            run: () => onFilter({ repositoryId: each.id }),
          })),
        ]}
      />
      <button
        type="button"
        className="chip board-weaker"
        aria-pressed={filter.isWeakerOnly}
        onClick={() => onFilter({ isWeakerOnly: !filter.isWeakerOnly })}
      >
        <Icon name="shieldoff" size={14} />
        <span className="board-wide">Weaker than default only</span>
        <span className="board-narrow">Weaker only</span>
      </button>
      <span className="push" />
      <span className="board-narrow">
        <Menu
          trigger={
            <button type="button" className={`chip ${filter.groupBy === "none" ? "" : "chip-set"}`}>
              Group: {filter.groupBy} <Icon name="down" size={14} />
            </button>
          }
          entries={groupings.map((grouping) => ({
            label: grouping.label,
            isChecked: filter.groupBy === grouping.value,
            run: () => onFilter({ groupBy: grouping.value }),
          }))}
        />
      </span>
      <span className="board-wide flex items-center gap-2">
        <span className="soft small">Group by</span>
        <span className="joined" role="group" aria-label="Group by">
          {groupings.map((grouping) => (
            <button
              key={grouping.value}
              type="button"
              className="btn btn-small"
              aria-pressed={filter.groupBy === grouping.value}
              onClick={() => onFilter({ groupBy: grouping.value })}
            >
              {grouping.label}
            </button>
          ))}
        </span>
      </span>
      <Button size="small" look="primary" icon="plus" keys="mod+n" onClick={() => runCommand("task.new")}>
        New task
      </Button>
    </div>
  );
}
