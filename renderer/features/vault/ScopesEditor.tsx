import type { SecretScope } from "#shared/contract/vault.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Select } from "../../ui/Select.tsx";
import { type ScopeNames, toolWords } from "./scope-words.ts";

const any = "any";
const everyone: SecretScope = { repositoryId: null, agentId: null, tool: null };

/** Who may use a secret: workspace, repository, agent, tool. Without a line it is nobody's. */
export function ScopesEditor({
  scopes,
  names,
  onChange,
}: {
  readonly scopes: readonly SecretScope[];
  readonly names: ScopeNames;
  readonly onChange: (scopes: readonly SecretScope[]) => void;
}) {
  const change = (at: number, part: Partial<SecretScope>) =>
    onChange(scopes.map((scope, index) => (index === at ? { ...scope, ...part } : scope)));
  return (
    <fieldset className="grid gap-2">
      <legend className="field-label">Who may use it</legend>
      {scopes.map((scope, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line is known by its place
        <div key={at} className="flex items-center gap-2">
          <Select
            label={`Repository of line ${at + 1}`}
            className="flex-1"
            value={scope.repositoryId ?? any}
            options={choices("Any repository", names.repositories, scope.repositoryId)}
            onChange={(value) => change(at, { repositoryId: value === any ? null : value })}
          />
          <Select
            label={`Agent of line ${at + 1}`}
            className="flex-1"
            value={scope.agentId ?? any}
            options={choices("Any agent", names.agents, scope.agentId)}
            onChange={(value) => change(at, { agentId: value === any ? null : value })}
          />
          <Select
            label={`Tool of line ${at + 1}`}
            className="flex-1"
            value={scope.tool ?? any}
            options={choices("Any tool", new Map(Object.entries(toolWords)), scope.tool)}
            onChange={(value) => change(at, { tool: value === any ? null : value })}
          />
          <IconButton icon="close" name={`Remove line ${at + 1}`} onClick={() => onChange(scopes.filter((_, index) => index !== at))} />
        </div>
      ))}
      <p className="flex items-center gap-3">
        <Button
          size="small"
          icon="plus"
          off={scopes.length >= 50 ? "50 lines at most" : false}
          onClick={() => onChange([...scopes, everyone])}
        >
          {scopes.length === 0 ? "Say who" : "Or another"}
        </Button>
        {scopes.length === 0 && <span className="small label">Nobody may use it yet.</span>}
      </p>
    </fieldset>
  );
}

/** What is chosen stays choosable, also when it is not there any more. */
function choices(anyLabel: string, known: ReadonlyMap<string, string>, chosen: string | null) {
  const gone = chosen === null || known.has(chosen) ? [] : [{ value: chosen, label: chosen, hint: "gone" }];
  return [{ value: any, label: anyLabel }, ...[...known].map(([value, label]) => ({ value, label })), ...gone];
}
