import { useState } from "react";
import { NewProvider, type Provider } from "#shared/contract/provider.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { Field, Labelled, TextArea } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { dialectNames } from "./Providers.tsx";

const localPattern =
  /^https?:\/\/(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[(::1|f[cd])|[^./:]+(:|\/|$)|[^/]+\.(local|lan|internal)(:|\/|$))/i;

interface Draft {
  readonly name: string;
  readonly dialect: NewProvider["dialect"];
  readonly baseUrl: string;
  readonly keyHeader: string;
  readonly keyPrefix: string;
  readonly models: string;
  readonly isFree: boolean;
  readonly isPrivate: boolean;
  readonly isOpened: boolean;
}

const blank: Draft = {
  name: "",
  dialect: "openai",
  baseUrl: "",
  keyHeader: "authorization",
  keyPrefix: "Bearer ",
  models: "",
  isFree: false,
  isPrivate: false,
  isOpened: false,
};

const ollama: Draft = {
  ...blank,
  name: "Ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  keyHeader: "",
  keyPrefix: "",
  isFree: true,
  isPrivate: true,
};

const starts: readonly { readonly label: string; readonly draft: Draft }[] = [
  { label: "Ollama", draft: ollama },
  { label: "LM Studio", draft: { ...ollama, name: "LM Studio", baseUrl: "http://127.0.0.1:1234/v1" } },
  { label: "vLLM", draft: { ...ollama, name: "vLLM", baseUrl: "http://127.0.0.1:8000/v1" } },
];

/** Adds an endpoint or changes one of the person's own. */
export function ProviderDialog({ edited, onClose }: { readonly edited: Provider | "new"; readonly onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(edited === "new" ? blank : draftOf(edited));
  const read = NewProvider.safeParse(inputOf(draft));
  const save = useChange(
    (client, input: NewProvider) => (edited === "new" ? client.providers.add(input) : client.providers.update({ ...input, id: edited.id })),
    { reloads: [["providers"]], onDone: onClose },
  );
  const set = (change: Partial<Draft>) => setDraft((held) => ({ ...held, ...change }));
  const errorOf = (name: string) => (read.success ? undefined : read.error.issues.find(({ path }) => path[0] === name)?.message);
  const looksLocal = localPattern.test(draft.baseUrl);
  return (
    <Dialog
      open
      onClose={onClose}
      title={edited === "new" ? "Add a model endpoint" : `Change ${edited.name}`}
      className="w-[520px]"
      foot={
        <DialogFoot
          action={edited === "new" ? "Add" : "Save"}
          off={save.isRunning ? "It is being saved" : read.success ? false : (read.error.issues[0]?.message ?? "Something is missing")}
          onAction={() => read.success && save.run(read.data)}
          onClose={onClose}
        />
      }
    >
      <div className="grid gap-4">
        {edited === "new" && (
          <p className="flex items-center gap-2">
            <span className="small label">On this machine:</span>
            {starts.map(({ label, draft: start }) => (
              <Button key={label} size="small" onClick={() => setDraft(start)}>
                {label}
              </Button>
            ))}
          </p>
        )}
        <div className="form-pair">
          <Field label="Name" value={draft.name} onChange={(event) => set({ name: event.target.value })} />
          <Labelled label="Speaks">
            {(id) => (
              <Select
                id={id}
                value={draft.dialect}
                options={(["openai", "anthropic", "gemini"] as const).map((value) => ({ value, label: dialectNames[value] }))}
                onChange={(dialect) => set({ dialect })}
              />
            )}
          </Labelled>
        </div>
        <Field
          label="Base URL"
          className="mono-input"
          placeholder="https://llm.example.com/v1"
          value={draft.baseUrl}
          error={draft.baseUrl === "" ? undefined : errorOf("baseUrl")}
          onChange={(event) => set({ baseUrl: event.target.value })}
        />
        <label className="flex items-start gap-2">
          <input
            type="checkbox"
            className="mt-0.5"
            checked={draft.isPrivate}
            onChange={(event) => set({ isPrivate: event.target.checked })}
          />
          <span>
            On this machine or a private network
            <span className="small label block">
              Lists exactly this host and port as reachable from sandboxes. {looksLocal && !draft.isPrivate && "This address needs it."}
            </span>
          </span>
        </label>
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-0.5" checked={draft.isFree} onChange={(event) => set({ isFree: event.target.checked })} />
          <span>
            Calls cost nothing
            <span className="small label block">Tokens are counted; budgets leave it alone.</span>
          </span>
        </label>
        {!draft.isPrivate && (
          <label className="flex items-start gap-2">
            <input
              type="checkbox"
              className="mt-0.5"
              checked={draft.isOpened}
              onChange={(event) => set({ isOpened: event.target.checked })}
            />
            <span>
              Read usage without a key of the vault
              <span className="small label block">
                Opens its TLS in every run. Otherwise only where a key is bound to it: other connections are tunnelled, their usage is
                unknown, and budgets count an estimate by bytes.
              </span>
            </span>
          </label>
        )}
        <div className="form-pair">
          <Field
            label="Key in header"
            className="mono-input"
            hint="Empty: it takes no key."
            value={draft.keyHeader}
            onChange={(event) => set({ keyHeader: event.target.value.toLowerCase() })}
          />
          <Field
            label="Before the key"
            className="mono-input"
            value={draft.keyPrefix}
            onChange={(event) => set({ keyPrefix: event.target.value })}
          />
        </div>
        <TextArea
          label="Models"
          hint="One a line. Only a help for choosing; others can be called too."
          rows={3}
          className="mono-input"
          value={draft.models}
          error={errorOf("models")}
          onChange={(event) => set({ models: event.target.value })}
        />
        {save.problem !== null && <ErrorNote problem={save.problem} />}
      </div>
    </Dialog>
  );
}

function draftOf({ name, dialect, baseUrl, key, models, isFree, isPrivate, isOpened }: Provider): Draft {
  return {
    name,
    dialect,
    baseUrl,
    models: models.join("\n"),
    isFree,
    isPrivate,
    isOpened: isOpened ?? false,
    keyHeader: key?.header ?? "",
    keyPrefix: key?.prefix ?? "",
  };
}

function inputOf({ keyHeader, keyPrefix, models, ...rest }: Draft) {
  const key = keyHeader.trim() === "" ? null : { header: keyHeader.trim(), prefix: keyPrefix };
  const names = models.split(/\s+/).filter((model) => model !== "");
  return { ...rest, key, models: names };
}
