import { useMemo, useState } from "react";
import type { SecretSummary } from "#shared/contract/vault.ts";
import { attentionOf } from "#shared/domain/secret-attention.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { useCommands } from "../../ui/commands.ts";
import { Confirm } from "../../ui/Dialog.tsx";
import { SearchField } from "../../ui/Field.tsx";
import { writeCount } from "../../ui/format.ts";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";
import { ImportEnvDialog } from "./ImportEnvDialog.tsx";
import { PutIntoSandboxDialog } from "./PutIntoSandboxDialog.tsx";
import type { ScopeNames } from "./scope-words.ts";
import { EditSecretDialog, ReplaceSecretDialog, StoreSecretDialog } from "./SecretDialogs.tsx";
import { SecretTable } from "./SecretTable.tsx";
import "./vault.css";

type Open =
  | { readonly kind: "store" | "import" }
  | { readonly kind: "replace" | "edit" | "put" | "remove"; readonly secret: SecretSummary }
  | null;

/** Names of what is stored, and what each may be used for. There is no way to read a value back, here or anywhere. */
export function VaultPage() {
  const secrets = useRead(["vault"], (client, signal) => client.vault.list({}, { signal }));
  const names = useScopeNames();
  const [open, setOpen] = useState<Open>(null);
  const [words, setWords] = useState("");
  const close = () => setOpen(null);
  useCommands([
    { id: "vault.store", label: "Store a secret", group: "Vault", keys: ["n"], icon: "key", run: () => setOpen({ kind: "store" }) },
    {
      id: "vault.import",
      label: "Import a .env file",
      group: "Vault",
      keys: ["i"],
      icon: "upload",
      run: () => setOpen({ kind: "import" }),
    },
  ]);
  const shown = (secrets.data ?? []).filter((secret) => `${secret.name} ${secret.note}`.toLowerCase().includes(words.trim().toLowerCase()));
  const store = (
    <Button size="small" look="primary" icon="plus" keys="n" onClick={() => setOpen({ kind: "store" })}>
      Store a secret
    </Button>
  );
  const importEnv = (
    <Button size="small" icon="upload" onClick={() => setOpen({ kind: "import" })}>
      Import a .env file
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
            {importEnv}
            {store}
          </>
        )}
      </div>
      <p className="page-strip">
        Values are encrypted and stay here: none is ever shown again or written to a log, and none enters a sandbox unless you put it there
        yourself. Agents name a secret; the name is all they have.
      </p>
      {secrets.problem !== null && (
        <ErrorNote problem={secrets.problem} className="m-3" action={{ label: "Try again", run: secrets.reload }} />
      )}
      {secrets.isLoading && <Loading what="secrets" />}
      {secrets.data?.length === 0 && (
        <EmptyState
          action={
            <span className="flex gap-2">
              {store}
              {importEnv}
            </span>
          }
        >
          Nothing is stored. A secret is stored once, and named from then on.
        </EmptyState>
      )}
      {secrets.data !== undefined && secrets.data.length > 0 && (
        <div className="scroll">
          <Reminder secrets={secrets.data} />
          <SecretTable
            secrets={shown}
            names={names}
            onReplace={(secret) => setOpen({ kind: "replace", secret })}
            onEdit={(secret) => setOpen({ kind: "edit", secret })}
            onPut={(secret) => setOpen({ kind: "put", secret })}
            onRemove={(secret) => setOpen({ kind: "remove", secret })}
          />
          {shown.length === 0 && <EmptyState>No name matches.</EmptyState>}
        </div>
      )}
      {open?.kind === "store" && <StoreSecretDialog names={names} onClose={close} />}
      {open?.kind === "import" && <ImportEnvDialog names={names} onClose={close} />}
      {open?.kind === "replace" && <ReplaceSecretDialog secret={open.secret} onClose={close} />}
      {open?.kind === "edit" && <EditSecretDialog secret={open.secret} names={names} onClose={close} />}
      {open?.kind === "put" && <PutIntoSandboxDialog secret={open.secret} onClose={close} />}
      <RemoveSecret secret={open?.kind === "remove" ? open.secret : null} onClose={close} />
    </>
  );
}

/** One line about what wants the person's eye; nothing where nothing does. */
function Reminder({ secrets }: { readonly secrets: readonly SecretSummary[] }) {
  const now = useNow();
  const all = secrets.flatMap((secret) => attentionOf(secret, now));
  const count = (what: (typeof all)[number]) => all.filter((one) => one === what).length;
  const parts = [
    [count("expired"), "has expired", "have expired"],
    [count("expires-soon"), "expires within 14 days", "expire within 14 days"],
    [count("old"), "has had one value for over 180 days", "have had one value for over 180 days"],
    [count("unused"), "was not used for over 90 days", "were not used for over 90 days"],
  ] as const;
  const words = parts
    .filter(([number]) => number > 0)
    .map(([number, one, many]) => `${writeCount(number, "secret")} ${number === 1 ? one : many}`);
  return words.length === 0 ? null : (
    <p className="vault-reminder" role="status">
      {words.join("; ")}.
    </p>
  );
}

function useScopeNames(): ScopeNames {
  const repositories = useRead(["repositories"], (client, signal) => client.repositories.list({}, { signal })).data;
  const agents = useRead(["agents"], (client, signal) => client.agents.list({}, { signal })).data;
  return useMemo(
    () => ({
      repositories: new Map((repositories ?? []).map(({ id, name }) => [String(id), escapeControls(name)])),
      agents: new Map((agents ?? []).map(({ id, name }) => [id, name])),
    }),
    [repositories, agents],
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
