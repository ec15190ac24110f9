import { useState } from "react";
import { AuditView } from "#shared/contract/audit.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { Field } from "../../ui/Field.tsx";
import { Menu } from "../../ui/Menu.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { type AuditWish, everything, givenViews, isEverything } from "./audit-wish.ts";

/** Filters under a name: those that are there from the start, and those that the person kept. */
export function ViewsMenu({ wish, onChange }: { readonly wish: AuditWish; readonly onChange: (wish: AuditWish) => void }) {
  const settings = useRead(["settings"], (client, signal) => client.settings.get({}, { signal }));
  const views = settings.data?.auditViews ?? [];
  const [isNaming, setNaming] = useState(false);
  const save = useChange((client, auditViews: AuditView[]) => client.settings.update({ auditViews }), {
    reloads: [["settings"]],
    onDone: () => setNaming(false),
  });
  const wanted = JSON.stringify(wish);
  const shown = [...views, ...givenViews].find(({ filter, withinMs }) => JSON.stringify({ filter, withinMs }) === wanted);
  const open = ({ filter, withinMs }: AuditView) => onChange({ filter, withinMs });
  return (
    <>
      <Menu
        trigger={
          <Button size="small" icon="eye">
            {shown === undefined ? "Views" : shown.name}
          </Button>
        }
        entries={[
          { label: "Everything", isChecked: isEverything(wish), run: () => onChange(everything) },
          ...givenViews.map((view) => ({ label: view.name, isChecked: view === shown, run: () => open(view) })),
          null,
          ...views.map((view) => ({ label: view.name, isChecked: view === shown, run: () => open(view) })),
          { label: "Keep this view…", icon: "plus" as const, isOff: isEverything(wish) || shown !== undefined, run: () => setNaming(true) },
          ...(shown !== undefined && views.includes(shown)
            ? [
                {
                  label: `Remove “${shown.name}”`,
                  icon: "trash" as const,
                  isGrave: true,
                  run: () => save.run(views.filter((view) => view !== shown)),
                },
              ]
            : []),
        ]}
      />
      {isNaming && (
        <NameDialog
          taken={[...views, ...givenViews].map(({ name }) => name)}
          problem={save.problem}
          onClose={() => {
            setNaming(false);
            save.forget();
          }}
          onName={(name) => save.run([...views, AuditView.parse({ ...wish, name })])}
        />
      )}
    </>
  );
}

function NameDialog({
  taken,
  problem,
  onClose,
  onName,
}: {
  readonly taken: readonly string[];
  readonly problem: Parameters<typeof ErrorNote>[0]["problem"] | null;
  readonly onClose: () => void;
  readonly onName: (name: string) => void;
}) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const error = taken.includes(name) ? "There is a view of that name." : null;
  const off = name === "" ? "Give the view a name" : (error ?? false);
  const keep = () => {
    if (off === false) onName(name);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Keep this view"
      foot={
        <>
          <Button className="push" onClick={onClose}>
            Cancel
          </Button>
          <Button look="primary" off={off} onClick={keep}>
            Keep
          </Button>
        </>
      }
    >
      <Field
        label="Name"
        value={typed}
        maxLength={60}
        error={error}
        hint="A time counted back from now stays so: “last 24 hours” moves on."
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") keep();
        }}
      />
      {problem !== null && <ErrorNote problem={problem} className="mt-3" />}
    </Dialog>
  );
}
