import type { AgentSummary } from "#shared/contract/agent.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { destinationWords, type KeyStanding, keyWords } from "./agent-key.ts";
import type { AgentKeys } from "./use-agent-keys.ts";

/** Where the key of an agent that has none is pasted; it goes to the vault with the start, and nowhere else. */
export function AgentKeyField({ agent, keys }: { readonly agent: AgentSummary; readonly keys: AgentKeys }) {
  const standing = keys.standingOf(agent);
  const allow = useChange(
    (client, { id, note, kind, scopes, bindings, expiresAt }: Extract<KeyStanding, { kind: "not-allowed" }>["secret"]) =>
      client.vault.describe({
        ...{ id, note, kind, bindings, expiresAt },
        scopes: [...scopes, { repositoryId: null, agentId: agent.id, tool: null }],
      }),
    { reloads: [["vault"]] },
  );
  if (standing.kind === "none-needed" || standing.kind === "there") return null;
  return (
    <div>
      <PassphraseField
        ref={keys.fieldOf(agent.id)}
        label={keyWords(agent)}
        placeholder="Paste it here"
        error={keys.errorOf(agent.id)}
        autoComplete="new-password"
        hint={`Goes into the vault and is sent to ${destinationWords(agent)} alone. ${agent.name} never has it.`}
      />
      {standing.kind === "not-allowed" && (
        <p className="flex items-center gap-2 mt-2">
          <span className="label small flex-1">
            The vault has the key <code>{standing.secret.name}</code>, which {agent.name} may not use.
          </span>
          <Button size="small" off={allow.isRunning ? "It is being allowed" : false} onClick={() => allow.run(standing.secret)}>
            Let it use that one
          </Button>
        </p>
      )}
      {allow.problem !== null && <ErrorNote problem={allow.problem} className="mt-2" />}
    </div>
  );
}
