import { useState } from "react";
import type { SecretSummary } from "#shared/contract/vault.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Confirm } from "../../ui/Dialog.tsx";
import { SearchField } from "../../ui/Field.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { ReplaceSecretDialog, StoreSecretDialog } from "./SecretDialogs.tsx";
import { SecretTable } from "./SecretTable.tsx";

type Open = { readonly kind: "store" } | { readonly kind: "replace" | "remove"; readonly secret: SecretSummary } | null;

/** Names of what is stored. There is no way to read a value back, here or anywhere. */
export function VaultPage() {
  const secrets = useRead(["vault"], (client, signal) => client.vault.list({}, { signal }));
  const [open, setOpen] = useState<Open>(null);
  const [words, setWords] = useState("");
  const close = () => setOpen(null);
  useCommands([
    { id: "vault.store", label: "Store a secret", group: "Vault", keys: ["n"], icon: "key", run: () => setOpen({ kind: "store" }) },
  ]);
  const shown = (secrets.data ?? []).filter((secret) => `${secret.name} ${secret.note}`.toLowerCase().includes(words.trim().toLowerCase()));
  const store = (
    <Button size="small" look="primary" icon="plus" keys="n" onClick={() => setOpen({ kind: "store" })}>
      Store a secret
    </Button>
  );
  return (
    <>
      <div className="toolbar">
        <h1>Vault</h1>
        {(secrets.data?.length ?? 0) > 0 && (
          <>
            <SearchField name="Filter by name" className="w-56" value={words} onChange={(event) => setWords(event.target.value)} />
            <span className="push" />
            {store}
          </>
        )}
      </div>
      <p className="page-strip">
        Values are encrypted and stay here: none is ever shown again, put into a sandbox, or written to a log. Agents name a secret; the
        name is all they have.
      </p>
      {secrets.problem !== null && (
        <ErrorNote problem={secrets.problem} className="m-3" action={{ label: "Try again", run: secrets.reload }} />
      )}
      {secrets.isLoading && <Loading what="secrets" />}
      {secrets.data?.length === 0 && (
        <EmptyState action={store}>Nothing is stored. A secret is stored once, and named from then on.</EmptyState>
      )}
      {secrets.data !== undefined && secrets.data.length > 0 && (
        <div className="scroll">
          <SecretTable
            secrets={shown}
            onReplace={(secret) => setOpen({ kind: "replace", secret })}
            onRemove={(secret) => setOpen({ kind: "remove", secret })}
          />
          {shown.length === 0 && <EmptyState>No name matches.</EmptyState>}
        </div>
      )}
      {open?.kind === "store" && <StoreSecretDialog onClose={close} />}
      {open?.kind === "replace" && <ReplaceSecretDialog secret={open.secret} onClose={close} />}
      <RemoveSecret secret={open?.kind === "remove" ? open.secret : null} onClose={close} />
    </>
  );
}

function RemoveSecret({ secret, onClose }: { readonly secret: SecretSummary | null; readonly onClose: () => void }) {
  const remove = useChange((client, id: string) => client.vault.remove({ id }), { reloads: [["vault"]], onDone: onClose });
  return (
    <Confirm
      open={secret !== null}
      onClose={() => {
        remove.forget();
        onClose();
      }}
      title={`Delete ${secret?.name ?? "the secret"}?`}
      action="Delete"
      onConfirm={() => secret !== null && remove.run(secret.id)}
      isRunning={remove.isRunning}
    >
      <p>Its key is destroyed, so that no copy of the database can bring the value back. What uses this name is refused from now on.</p>
      {remove.problem !== null && <ErrorNote problem={remove.problem} className="mt-3" />}
    </Confirm>
  );
}
