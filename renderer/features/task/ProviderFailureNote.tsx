import { Link } from "@tanstack/react-router";
import { useRef, useState } from "react";
import type { ProviderFailure } from "#shared/contract/provider-failure.ts";
import type { Task } from "#shared/contract/task.ts";
import { bareKey } from "#shared/domain/pasted-key.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { putTask } from "../../rpc/board-store.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { RetryWait } from "../../ui/RetryWait.tsx";

/** The model does not answer: what happened, what to do about it, and the way on. */
export function ProviderFailureNote({ task, failure }: { readonly task: Task; readonly failure: ProviderFailure }) {
  const retry = useChange(async (client) => putTask(await client.tasks.retry({ id: task.id })), { reloads: [["audit"]] });
  return (
    <section className="provider-failure" aria-label="The model does not answer">
      <div className="flex items-start gap-3">
        <Icon name="alert" className="is-ask" />
        <div className="flex-1">
          <p className="strong">{escapeControls(failure.message)}</p>
          <p className="soft">{escapeControls(failure.remedy)}</p>
        </div>
        <Button size="small" look="primary" off={retry.isRunning ? "It is being asked" : false} onClick={() => retry.run(undefined)}>
          Try again
        </Button>
      </div>
      <p className="label small">
        <RetryWait failure={failure} /> Trying again goes on in the same session and worktree.
      </p>
      {failure.kind === "key" && failure.secret !== null && <NewKey secret={failure.secret} onReplaced={() => retry.run(undefined)} />}
      {failure.kind === "key" && failure.secret === null && <Link to="/vault">Store the key in the Vault</Link>}
      {retry.problem !== null && <ErrorNote problem={retry.problem} />}
    </section>
  );
}

/** Another value under the same name; it goes to the vault, and nowhere else. */
function NewKey({ secret, onReplaced }: { readonly secret: string; readonly onReplaced: () => void }) {
  const secrets = useRead(["vault"], (client, signal) => client.vault.list({}, { signal }));
  const field = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string | null>(null);
  const id = secrets.data?.find(({ name }) => name === secret)?.id;
  const replace = useChange(
    async (client, change: { readonly id: string; readonly value: string }) => void (await client.vault.replace(change)),
    { reloads: [["vault"]], onDone: onReplaced },
  );
  if (id === undefined) return secrets.problem === null ? null : <ErrorNote problem={secrets.problem} />;
  const submit = () => {
    const value = bareKey(field.current?.value ?? "");
    setError(value === "" ? "Paste the key first." : null);
    if (value === "") return field.current?.focus();
    if (field.current !== null) field.current.value = "";
    replace.run({ id, value });
  };
  return (
    <form
      className="provider-key"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PassphraseField ref={field} label={`New value of ${secret}`} placeholder="Paste it here" error={error} autoComplete="new-password" />
      <Button size="small" onClick={submit} off={replace.isRunning ? "It is being stored" : false}>
        Replace and try again
      </Button>
      {replace.problem !== null && <ErrorNote problem={replace.problem} />}
    </form>
  );
}
