import { Field } from "../../ui/Field.tsx";
import { BindingsEditor } from "./BindingsEditor.tsx";
import type { ScopeNames } from "./scope-words.ts";
import { ScopesEditor } from "./ScopesEditor.tsx";
import type { useDetails } from "./use-details.ts";

/** Who may use it, where it may go, until when, and the note. */
export function DetailsFields({ details, names }: { readonly details: ReturnType<typeof useDetails>; readonly names: ScopeNames }) {
  const { draft, change, problem } = details;
  return (
    <>
      <ScopesEditor scopes={draft.scopes} names={names} onChange={(scopes) => change({ scopes })} />
      <BindingsEditor drafts={draft.bindings} problem={problem} onChange={(bindings) => change({ bindings })} />
      <div className="grid grid-cols-[160px_minmax(0,1fr)] gap-4">
        <Field
          label="Expires"
          type="date"
          value={draft.expires}
          onChange={(event) => change({ expires: event.target.value })}
          hint={draft.expires === "" ? "Never, as far as Gatehouse knows." : "Refused after that day."}
        />
        <Field
          label="Note"
          value={draft.note}
          maxLength={500}
          onChange={(event) => change({ note: event.target.value })}
          hint="Where it comes from, who can renew it. Not secret."
        />
      </div>
    </>
  );
}
