import { useEffect, useRef, useState } from "react";
import { RepositoryId } from "#shared/contract/ids.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { writeCount } from "../../ui/format.ts";
import { Select } from "../../ui/Select.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { Grants } from "./Grants.tsx";
import { Hooks } from "./Hooks.tsx";
import { Layers } from "./Layers.tsx";
import { RepositoryRules } from "./RepositoryRules.tsx";
import { RulesEditor } from "./RulesEditor.tsx";
import { sizeOf } from "./rule-words.ts";
import { TryIt } from "./TryIt.tsx";
import "./rules.css";

/** The rules in force, what they decided so far, and a box to ask what they would say. */
export function RulesPage() {
  const [chosen, setChosen] = useState("none");
  const parsed = RepositoryId.safeParse(chosen);
  const repositoryId = parsed.success ? parsed.data : null;
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal }));
  const rules = useRead(["policy", "rules", repositoryId], (client, signal) => client.policy.rules({ repositoryId }, { signal }));
  const use = useRead(["policy", "use", repositoryId], (client, signal) => client.policy.use({ repositoryId }, { signal }));
  const [isEditing, setEditing] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (wasEditing.current && !isEditing) edit.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);
  const workspace = rules.data?.find(({ layer }) => layer === "workspace" || layer === "default");
  const count = rules.data?.reduce((sum, layer) => sum + sizeOf(layer.rules), 0);
  const reload = () => {
    rules.reload();
    use.reload();
  };
  return (
    <>
      <div className="toolbar">
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
        {count !== undefined && <span className="soft num">{writeCount(count, "rule")} in force</span>}
        {workspace !== undefined && !isEditing && (
          <Button ref={edit} size="small" icon="edit" className="push" onClick={() => setEditing(true)}>
            Edit rules
          </Button>
        )}
      </div>
      <div className="rules-split">
        {isEditing && workspace !== undefined ? (
          <RulesEditor
            rules={workspace.rules}
            use={use.data}
            layer={workspace.layer}
            onClose={() => setEditing(false)}
            onSaved={() => {
              setEditing(false);
              reload();
            }}
          />
        ) : (
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolling region has to be reachable by keyboard
          <section className="scroll" aria-label="Rules in force" tabIndex={0}>
            <p className="page-strip">
              The layers are looked at together: every deny first, then every allow, then every ask. A narrower ask wins over a wider allow.
              What no rule names is asked.
            </p>
            {rules.problem !== null && (
              <ErrorNote problem={rules.problem} className="m-3" action={{ label: "Try again", run: rules.reload }} />
            )}
            {rules.isLoading && <Loading what="rules" rows={8} />}
            {rules.data?.length === 0 && <EmptyState>No rules are in force, so everything is asked.</EmptyState>}
            {repositoryId !== null && <RepositoryRules repositoryId={repositoryId} onAdopted={reload} />}
            <Layers layers={rules.data ?? []} use={use.data} />
            {workspace !== undefined && <Hooks hooks={workspace.hooks} onChanged={reload} />}
            <Grants onRevoked={reload} />
          </section>
        )}
        <TryIt repositoryId={repositoryId} />
      </div>
    </>
  );
}
