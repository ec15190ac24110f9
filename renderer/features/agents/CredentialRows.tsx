import type { AgentCredential } from "#shared/contract/agent-profile.ts";
import { Button, IconButton } from "../../ui/Button.tsx";
import { Select } from "../../ui/Select.tsx";

const kinds = {
  anthropic: {
    secretKind: "anthropic",
    label: "Anthropic API key",
    variable: "ANTHROPIC_API_KEY",
    placeholder: "sk-ant-api03-gatehouse-placeholder-this-is-not-a-key-0000000000000000AA",
  },
  openai: {
    secretKind: "openai",
    label: "OpenAI API key",
    variable: "OPENAI_API_KEY",
    placeholder: "sk-proj-gatehouse-placeholder-this-is-not-a-key-00000000000000000000",
  },
  gemini: {
    secretKind: "gemini",
    label: "Gemini API key",
    variable: "GEMINI_API_KEY",
    placeholder: "AIzaSyGatehousePlaceholderNotAKey000000",
  },
} as const satisfies Record<string, AgentCredential>;
type Kind = keyof typeof kinds;

/** Keys of known providers that the agent works with, each with the variable in which it looks for it. */
export function CredentialRows({
  credentials,
  error,
  onChange,
}: {
  readonly credentials: readonly AgentCredential[];
  readonly error?: string | undefined;
  readonly onChange: (credentials: AgentCredential[]) => void;
}) {
  const replace = (at: number, next: AgentCredential) => onChange(credentials.map((one, index) => (index === at ? next : one)));
  return (
    <fieldset className="min-w-0">
      <legend className="field-label">Keys</legend>
      {credentials.map((credential, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row has nothing else that stays the same while it is edited
        <div key={at} className="flex items-center gap-2 mb-2">
          <Select<Kind | "other">
            label="Kind of key"
            className="w-28"
            value={isKind(credential.secretKind) ? credential.secretKind : "other"}
            options={[
              { value: "anthropic", label: "Anthropic" },
              { value: "openai", label: "OpenAI" },
              { value: "gemini", label: "Gemini" },
            ]}
            onChange={(kind) => kind !== "other" && replace(at, kinds[kind])}
          />
          <span className="field mono-input flex-1 min-w-0">
            <input
              aria-label="Variable"
              spellCheck={false}
              value={credential.variable}
              onChange={({ target }) => replace(at, { ...credential, variable: target.value })}
            />
          </span>
          <IconButton icon="close" name="Remove this key" onClick={() => onChange(credentials.filter((_, index) => index !== at))} />
        </div>
      ))}
      <Button size="small" icon="plus" onClick={() => onChange([...credentials, kinds.openai])}>
        Add a key
      </Button>
      <p className={error === undefined ? "field-hint" : "field-error"}>
        {error ?? "From the vault, by kind; the sandbox gets a stand-in."}
      </p>
    </fieldset>
  );
}

function isKind(kind: string): kind is Kind {
  return kind in kinds;
}
