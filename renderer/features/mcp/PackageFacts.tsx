import type { McpPackage, PinnedPackage } from "#shared/contract/mcp.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeBytes } from "../../ui/format.ts";
import { Tag } from "../../ui/Tag.tsx";

/** What a package is and brings along, by hash; beside what is in use, where that is another one. */
export function PackageFacts({ found, old }: { readonly found: McpPackage; readonly old: McpPackage | null }) {
  const scripts = found.packages.filter(({ hasInstallScript }) => hasInstallScript);
  const change = old === null ? null : compare(old.packages, found.packages);
  return (
    <section
      className="grid gap-2 p-3 rounded border border-[var(--border-strong)]"
      aria-label={old === null ? "What was found" : "What would change"}
    >
      <p className="flex items-center gap-2">
        <code className="font-medium">{escapeControls(`${found.name}@${found.version}`)}</code>
        {old !== null && <Tag meaning="ask">instead of {escapeControls(old.version)}</Tag>}
      </p>
      <dl className="facts facts-narrow">
        <Fact name="Integrity" value={found.integrity ?? "in another package"} />
        {old !== null && <Fact name="Until now" value={old.integrity ?? "in another package"} isOld />}
        <Fact name="Whole tree" value={`SHA-256 ${found.lock}`} />
        {old !== null && <Fact name="Until now" value={`SHA-256 ${old.lock}`} isOld />}
      </dl>
      <p className="small soft">
        {found.packages.length === 1 ? "1 package" : `${found.packages.length} packages`}, each held to its{" "}
        {found.registry === "npm" ? "SHA-512" : "SHA-256"}
        {found.bytes !== null && `, ${writeBytes(found.bytes)} on the disk`}.
        {found.chosenFor !== null &&
          ` Wheels for Python ${found.chosenFor.python} on ${systems[found.chosenFor.os]}, ${found.chosenFor.arch}: a sandbox with another one does not start it.`}
        {found.registry === "npm" && scripts.length === 0 && " None has a script for its installation."}
        {scripts.length > 0 &&
          ` ${scripts.length} would run a script when installed, and does not: ${escapeControls(scripts.map(({ name }) => name).join(", "))}.`}
      </p>
      {change !== null && (
        <p className="small">
          Packages of the tree: {change.changed.length} changed, {change.added.length} new, {change.removed.length} gone.
        </p>
      )}
      <details>
        <summary className="small label">{change === null ? "All packages" : "Packages that change or are new"}</summary>
        <ul className="small mono " aria-label="Packages">
          {(change === null ? found.packages : [...change.changed, ...change.added]).map((one) => (
            <li key={`${one.name}@${one.version}`} title={one.integrity ?? ""} className="clip">
              {escapeControls(`${one.name}@${one.version}`)} <span className="label">{one.integrity?.slice(0, 31) ?? "bundled"}…</span>
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

const systems = { linux: "Linux", darwin: "macOS" } as const;

function Fact({ name, value, isOld = false }: { readonly name: string; readonly value: string; readonly isOld?: boolean }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={`mono clip ${isOld ? "label" : ""}`} title={value}>
        {escapeControls(value)}
      </dd>
    </>
  );
}

interface TreeChange {
  readonly added: readonly PinnedPackage[];
  readonly changed: readonly PinnedPackage[];
  readonly removed: readonly string[];
}

function compare(before: readonly PinnedPackage[], after: readonly PinnedPackage[]): TreeChange {
  const identity = ({ version, integrity }: PinnedPackage) => `${version} ${integrity ?? ""}`;
  const had = new Map<string, Set<string>>();
  for (const one of before) had.set(one.name, (had.get(one.name) ?? new Set()).add(identity(one)));
  const names = new Set(after.map(({ name }) => name));
  return {
    added: after.filter(({ name }) => !had.has(name)),
    changed: after.filter((one) => had.has(one.name) && had.get(one.name)?.has(identity(one)) === false),
    removed: [...had.keys()].filter((name) => !names.has(name)),
  };
}
