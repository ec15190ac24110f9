import type { RepositoryId } from "#shared/contract/ids.ts";
import type { McpServer, McpSource, NewMcpServer, PackageRegistry } from "#shared/contract/mcp.ts";
import { assertNever } from "#shared/domain/assert-never.ts";

/** What the form of a server holds while it is filled in. */
export interface Draft {
  readonly name: string;
  readonly kind: McpSource["kind"];
  /** One word a line. */
  readonly command: string;
  /** `NAME=value`, one a line. */
  readonly environment: string;
  readonly registry: PackageRegistry;
  readonly package: string;
  /** What is looked for; empty for the latest. */
  readonly version: string;
  /** What was found, or is in use: null before. */
  readonly pinned: { readonly package: string; readonly version: string; readonly lock: string } | null;
  readonly program: string;
  /** One a line. */
  readonly arguments: string;
  readonly url: string;
  /** `Name: value`, one a line. */
  readonly headers: string;
  readonly repositoryIds: readonly RepositoryId[];
  readonly mayBeNamed: boolean;
  readonly isEnabled: boolean;
}

export const blankDraft: Draft = {
  ...{ name: "", kind: "package", command: "", environment: "", url: "", headers: "" },
  ...{ registry: "npm", package: "", version: "", pinned: null, program: "", arguments: "" },
  ...{ repositoryIds: [], mayBeNamed: false, isEnabled: true },
};

export function draftOf({ name, source, repositoryIds, mayBeNamed, isEnabled }: McpServer): Draft {
  const common = { ...blankDraft, name, repositoryIds, mayBeNamed, isEnabled, kind: source.kind };
  switch (source.kind) {
    case "program":
      return { ...common, command: source.command.join("\n"), environment: linesOf(source.environment, "=") };
    case "package": {
      const pinned = { package: source.package, version: source.version, lock: source.lock };
      const words = { program: source.program, arguments: source.arguments.join("\n"), environment: linesOf(source.environment, "=") };
      return { ...common, registry: source.registry, package: source.package, version: source.version, pinned, ...words };
    }
    case "http":
      return { ...common, url: source.url, headers: linesOf(source.headers, ": ") };
    default:
      return assertNever(source);
  }
}

/** As core takes it; it may be refused yet. */
export function inputOf(draft: Draft): Omit<NewMcpServer, "source"> & { readonly source: object } {
  const { name, repositoryIds, mayBeNamed, isEnabled } = draft;
  return { name, repositoryIds: [...repositoryIds], mayBeNamed, isEnabled, source: sourceOf(draft) };
}

function sourceOf(draft: Draft): object {
  const { kind } = draft;
  switch (kind) {
    case "program":
      return { kind, command: wordsIn(draft.command), environment: pairsIn(draft.environment, "=") };
    case "package": {
      const { registry, pinned, program } = draft;
      const from = pinned ?? { package: draft.package, version: "", lock: "" };
      return { kind, registry, ...from, program, arguments: wordsIn(draft.arguments), environment: pairsIn(draft.environment, "=") };
    }
    case "http": {
      const trimmed = Object.entries(pairsIn(draft.headers, ":")).map(([header, value]) => [header, value.trim()] as const);
      return { kind, url: draft.url.trim(), headers: Object.fromEntries(trimmed) };
    }
    default:
      return assertNever(kind);
  }
}

function wordsIn(text: string): string[] {
  return text.split("\n").filter((word) => word !== "");
}

function linesOf(values: Readonly<Record<string, string>>, between: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}${between}${value}`)
    .join("\n");
}

function pairsIn(text: string, between: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const pairs = lines.map((line): readonly [string, string] => {
    const at = line.indexOf(between);
    return at === -1 ? [line.trim(), ""] : [line.slice(0, at).trim(), line.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
