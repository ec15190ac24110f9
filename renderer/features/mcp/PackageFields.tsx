import {
  type McpPackage,
  type McpResolveStep,
  ExactVersion,
  NpmPackageName,
  PythonPackageName,
  PythonVersion,
} from "#shared/contract/mcp.ts";
import { canonicalPythonName } from "#shared/domain/python-name.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useEffect, useEffectEvent } from "react";
import { useRead } from "../../rpc/queries.ts";
import { useSteps } from "../../rpc/use-steps.ts";
import { Button } from "../../ui/Button.tsx";
import { Field, TextArea } from "../../ui/Field.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { Select } from "../../ui/Select.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { PackageFacts } from "./PackageFacts.tsx";
import type { Draft } from "./server-draft.ts";

/** Finds a package, shows what it brings along, and takes what is confirmed by saving. `before`: the lock in use. */
export function PackageFields({
  draft,
  before,
  onChange,
}: {
  readonly draft: Draft;
  readonly before: string | null;
  readonly onChange: (change: Partial<Draft>) => void;
}) {
  const work = useSteps<McpResolveStep>();
  const lock = draft.pinned?.lock ?? null;
  const current = usePackage(lock);
  const old = usePackage(before);
  const found = work.latest?.kind === "done" ? work.latest.package : null;
  const take = useEffectEvent((one: McpPackage) => {
    const [first = ""] = one.programs;
    const program = one.programs.includes(draft.program) ? draft.program : first;
    onChange({ package: one.name, pinned: { package: one.name, version: one.version, lock: one.lock }, version: one.version, program });
  });
  useEffect(() => {
    if (found !== null) take(found);
  }, [found]);
  const { registry } = draft;
  const { label, names, versions, note } = registries[registry];
  const name = names.safeParse(registry === "pypi" ? canonicalPythonName(draft.package.trim()) : draft.package.trim());
  const version = draft.version.trim() === "" ? { success: true as const, data: null } : versions.safeParse(draft.version.trim());
  const find = (which: string | null) => {
    if (!name.success) return;
    const input = { registry, package: name.data, version: which };
    onChange({ pinned: null });
    work.begin((client, signal) => client.mcpServers.resolve(input, { signal }));
  };
  const shown = found !== null && found.lock === lock ? found : current;
  return (
    <>
      <div className="flex gap-2 items-start">
        <Field
          label={label}
          className="mono-input flex-1"
          value={draft.package}
          error={draft.package === "" || name.success ? undefined : name.error.issues[0]?.message}
          onChange={(event) => onChange({ package: event.target.value, pinned: null })}
        />
        <Field
          label="Version"
          className="mono-input w-32"
          placeholder="the latest"
          value={draft.version}
          error={version.success ? undefined : version.error.issues[0]?.message}
          onChange={(event) => onChange({ version: event.target.value, pinned: null })}
        />
      </div>
      <div className="flex items-center gap-2">
        {/* One button throughout: another one in its place would lose the focus. */}
        <Button
          size="small"
          off={work.isRunning || (name.success && version.success) ? false : "Name a package, and one exact version or none"}
          onClick={() => (work.isRunning ? work.cancel() : version.success && find(version.data))}
        >
          {work.isRunning ? "Stop" : "Find the package"}
        </Button>
        {before !== null && (
          <Button size="small" look="quiet" off={work.isRunning && "It is being looked for"} onClick={() => find(null)}>
            Look for an update
          </Button>
        )}
        {work.isRunning ? (
          <span className="soft flex items-center gap-2 flex-1 min-w-0" role="status">
            <Icon name="half" size={14} className="is-running" />
            <span className="clip">{work.latest?.kind === "line" ? escapeControls(work.latest.text) : "Asking the registry"}</span>
          </span>
        ) : (
          <span className="small label">{note}</span>
        )}
      </div>
      {work.problem !== null && <ErrorNote problem={work.problem} />}
      {shown !== null && !work.isRunning && <PackageFacts found={shown} old={before === shown.lock ? null : old} />}
      {shown !== null && shown.programs.length > 1 && (
        <div>
          <label className="field-label" htmlFor="mcp-program">
            Program
          </label>
          <Select
            id="mcp-program"
            value={draft.program}
            options={shown.programs.map((program) => ({ value: program, label: program }))}
            onChange={(program) => onChange({ program })}
          />
        </div>
      )}
      {shown !== null && shown.programs.length === 0 && <p className="is-deny">This package has no program that could be started.</p>}
      <TextArea
        label="Arguments"
        hint="One a line. A relative path starts at the worktree."
        rows={2}
        className="mono-input"
        value={draft.arguments}
        onChange={(event) => onChange({ arguments: event.target.value })}
      />
    </>
  );
}

const registries = {
  npm: {
    ...{ label: "npm package", names: NpmPackageName, versions: ExactVersion },
    note: "Nothing of it is run; scripts for its installation never are.",
  },
  pypi: {
    ...{ label: "Python package", names: PythonPackageName, versions: PythonVersion },
    note: "Wheels alone, for the sandbox's Python; nothing of them is run.",
  },
} as const;

function usePackage(lock: string | null): McpPackage | null {
  const read = useRead(["mcpPackage", lock ?? ""], async (client, signal) =>
    lock === null ? null : await client.mcpServers.package({ lock }, { signal }),
  );
  return read.data ?? null;
}
