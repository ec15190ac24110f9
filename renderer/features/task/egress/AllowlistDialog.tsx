import type { RepositoryId } from "#shared/contract/ids.ts";
import type { RegistryPreset } from "#shared/contract/egress.ts";
import { useChange, useRead } from "../../../rpc/queries.ts";
import { Button } from "../../../ui/Button.tsx";
import { Dialog } from "../../../ui/Dialog.tsx";
import { EmptyState, ErrorNote, Loading } from "../../../ui/states.tsx";

interface Change {
  readonly rules: readonly string[];
  readonly isAdded: boolean;
}

/** Where runs of this repository may connect without asking: what the person's package managers are set to is one click away. */
export function AllowlistDialog({
  repositoryId,
  repositoryName,
  onClose,
}: {
  readonly repositoryId: RepositoryId;
  readonly repositoryName: string;
  readonly onClose: () => void;
}) {
  const key = ["egress", "allowlist", repositoryId];
  const allowed = useRead(key, (client, signal) => client.egress.allowlist({ repositoryId }, { signal }));
  const presets = useRead(["egress", "presets"], (client, signal) => client.egress.presets({}, { signal }));
  const change = useChange(
    (client, { rules, isAdded }: Change) => client.egress[isAdded ? "allow" : "disallow"]({ repositoryId, rules: [...rules] }),
    { reloads: [key] },
  );
  const problem = change.problem ?? allowed.problem ?? presets.problem;
  const held = new Set(allowed.data?.map(({ rule }) => rule) ?? []);
  const offered = presets.data ?? [];
  const others = [...held].filter((rule) => !offered.some(({ rules }) => rules.includes(rule)));
  const set = (rules: readonly string[], isAdded: boolean) => change.run({ rules, isAdded });
  return (
    <Dialog open onClose={onClose} title={`What runs of ${repositoryName} may reach`}>
      <p className="soft">Without asking, and without a secret. What is not here, and named by no other rule, is asked about.</p>
      {problem !== null && <ErrorNote problem={problem} className="mt-3" />}
      {allowed.data === undefined || presets.data === undefined ? (
        problem === null && <Loading what="the allowlist" rows={3} />
      ) : (
        <ul className="allowlist">
          {offered.map((preset) => (
            <Row key={preset.tool} title={`${preset.tool} packages`} preset={preset} held={held} set={set} />
          ))}
          {others.map((rule) => (
            <Row key={rule} title="" preset={{ source: "", rules: [rule] }} held={held} set={set} />
          ))}
          {offered.length + others.length === 0 && (
            <EmptyState>No package manager of yours names a registry, and nothing is allowed yet.</EmptyState>
          )}
        </ul>
      )}
    </Dialog>
  );
}

function Row({
  title,
  preset,
  held,
  set,
}: {
  readonly title: string;
  readonly preset: Pick<RegistryPreset, "source" | "rules">;
  readonly held: ReadonlySet<string>;
  readonly set: (rules: readonly string[], isAdded: boolean) => void;
}) {
  const isHeld = preset.rules.every((rule) => held.has(rule));
  const name = title === "" ? (preset.rules[0] ?? "") : title;
  return (
    <li className="allowlist-row">
      <div className="flex-1 min-w-0">
        {title !== "" && <p>{title}</p>}
        {preset.rules.map((rule) => (
          <code key={rule} className="allowlist-rule">
            {rule}
          </code>
        ))}
        {preset.source !== "" && <p className="label small">from {preset.source}</p>}
      </div>
      <Button size="small" aria-label={`${isHeld ? "Remove" : "Allow"} ${name}`} onClick={() => set(preset.rules, !isHeld)}>
        {isHeld ? "Remove" : "Allow"}
      </Button>
    </li>
  );
}
