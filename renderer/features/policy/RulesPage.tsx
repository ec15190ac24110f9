import { useEffect, useMemo, useRef, useState } from "react";
import { RepositoryId, type RequestId } from "#shared/contract/ids.ts";
import type { RuleReference, RuleSuggestion } from "#shared/contract/policy.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { useWatchedRules } from "../../rpc/use-watched-rules.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { writeCount } from "../../ui/format.ts";
import { Select } from "../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { ChangedPrograms } from "./ChangedPrograms.tsx";
import { Grants } from "./Grants.tsx";
import { Hooks } from "./Hooks.tsx";
import { Layers, type Pointed, type RuleFilter } from "./Layers.tsx";
import { Precedence } from "./Precedence.tsx";
import { RepositoryRules } from "./RepositoryRules.tsx";
import { RuleFilterBar } from "./RuleFilterBar.tsx";
import { RulesEditor } from "./RulesEditor.tsx";
import { sizeOf } from "./rule-words.ts";
import { type Tried, TryIt } from "./TryIt.tsx";
import { indexUse, keyOf } from "./use-index.ts";
import "./hooks.css";
import "./replay.css";
import "./rules.css";

/** What the editor begins with beside the rules; null: it is closed. */
type Editing = { readonly wish: RuleSuggestion | null } | null;

const everything: RuleFilter = { text: "", kind: "all" };

/** The rules in force, what they decided so far, and a box to ask what they would say. */
export function RulesPage() {
  const [chosen, setChosen] = useState("none");
  const parsed = RepositoryId.safeParse(chosen);
  const repositoryId = parsed.success ? parsed.data : null;
  useWatchedRules();
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const rules = useRead(["policy", "rules", repositoryId], (client, signal) => client.policy.rules({ repositoryId }, { signal }));
  const use = useRead(["policy", "use", repositoryId], (client, signal) => client.policy.use({ repositoryId }, { signal }));
  const known = useMemo(() => (use.data === undefined ? null : indexUse(use.data)), [use.data]);
  const [editing, setEditing] = useState<Editing>(null);
  const [filter, setFilter] = useState(everything);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [tried, setTried] = useState<Tried | null>(null);
  const edit = useRef<HTMLButtonElement>(null);
  const find = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (wasEditing.current && editing === null) edit.current?.focus();
    wasEditing.current = editing !== null;
  }, [editing]);
  const workspace = rules.data?.find(({ layer }) => layer === "workspace" || layer === "default");
  const count = rules.data?.reduce((sum, layer) => sum + sizeOf(layer.rules), 0);
  const reload = () => {
    rules.reload();
    use.reload();
  };
  const isWhole = filter.kind === "all" && filter.text === "";
  const answered = useChange((client, id: RequestId) => client.policy.answered({ id }), {
    onDone: ({ request }) => setTried((held) => ({ request, turn: (held?.turn ?? 0) + 1 })),
  });
  const point = (rule: RuleReference) => {
    setFilter(everything);
    setPointed((held) => ({ key: keyOf(rule), turn: (held?.turn ?? 0) + 1 }));
  };
  // The hidden input of a choice hands the focus on to its button.
  const focusBox = () => box.current?.querySelector<HTMLElement>("textarea, input:not([aria-hidden])")?.focus();
  const group = "Rules";
  useCommands([
    { id: "rules.edit", label: "Edit rules", group, keys: ["e"], icon: "edit", run: () => editing === null && setEditing({ wish: null }) },
    { id: "rules.try", label: "Try something on the rules", group, keys: ["t"], icon: "rules", run: focusBox },
    { id: "rules.find", label: "Find a rule", group, keys: ["/"], icon: "search", run: () => find.current?.focus() },
  ]);
  return (
    <>
      <div className="toolbar rules-toolbar">
        <h1>Rules</h1>
        <Select
          label="Repository"
          value={chosen}
          options={[
            { value: "none", label: "Every repository" },
            ...(repositories.data ?? []).map(({ id, name }) => ({ value: id, label: escapeControls(name) })),
          ]}
          onChange={setChosen}
          className="field-small rules-repository"
        />
        {count !== undefined && <span className="soft num rules-count">{writeCount(count, "rule")} in force</span>}
        {workspace !== undefined && editing === null && (
          <>
            <RuleFilterBar field={find} filter={filter} use={known} onChange={setFilter} />
            <Button ref={edit} size="small" icon="edit" keys="e" aria-keyshortcuts="E" onClick={() => setEditing({ wish: null })}>
              Edit rules
            </Button>
          </>
        )}
      </div>
      <div className="rules-split">
        {editing !== null && workspace !== undefined ? (
          <RulesEditor
            // Another wish is another beginning.
            key={JSON.stringify(editing.wish)}
            rules={workspace.rules}
            wish={editing.wish}
            use={known}
            layer={workspace.layer}
            onClose={() => setEditing(null)}
            onSaved={() => {
              setEditing(null);
              reload();
            }}
            onTry={answered.run}
          />
        ) : (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region has to be reachable by keyboard
          <section className="scroll" aria-label="Rules in force" tabIndex={0}>
            <Precedence />
            {rules.problem !== null && (
              <ErrorNote problem={rules.problem} className="m-3" action={{ label: "Try again", run: rules.reload }} />
            )}
            {rules.isLoading && <Loading what="rules" rows={8} />}
            {rules.data?.length === 0 && <EmptyState>No rules are in force, so everything is asked.</EmptyState>}
            <ChangedPrograms repositoryId={repositoryId} />
            {repositoryId !== null && isWhole && <RepositoryRules repositoryId={repositoryId} />}
            <Layers layers={rules.data ?? []} use={known} filter={filter} pointed={pointed} onPoint={point} onChanged={reload} />
            {isWhole ? (
              <>
                {workspace !== undefined && <Hooks hooks={workspace.hooks} onChanged={reload} />}
                <Grants onRevoked={reload} />
              </>
            ) : (
              <div className="rule-row">
                <Button size="small" onClick={() => setFilter(everything)}>
                  Show everything
                </Button>
              </div>
            )}
          </section>
        )}
        <TryIt
          repositoryId={repositoryId}
          key={tried?.turn ?? 0}
          tried={tried}
          problem={answered.problem}
          box={box}
          onTry={answered.run}
          onTake={(wish) => setEditing({ wish })}
        />
      </div>
    </>
  );
}
