import type { ReactNode } from "react";
import type { PermissionRequest } from "#shared/contract/permission.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { useBoard } from "../../rpc/board-store.ts";
import { writeCount } from "../../ui/format.ts";
import { type Named, namedAtMost, namedIn } from "./named-in.ts";

interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

/** Folder, files, host and secret of a request, as the pairs of a description list. */
export function touches(request: PermissionRequest): ReactNode {
  return [...factsOf(request), { name: "Sandbox", value: <SandboxOf request={request} /> }].map((fact) => (
    <div key={fact.name} className="fact">
      <dt>{fact.name}</dt>
      <dd>{fact.value}</dd>
    </div>
  ));
}

function factsOf({ request, verdict }: PermissionRequest): readonly Fact[] {
  switch (request.tool) {
    case "shell":
      return [{ name: "Folder", value: <Mono text={request.cwd} /> }, ...namedFacts(namedIn(request.command, verdict.parts))];
    case "filesystem":
      return [
        { name: request.action === "list" || request.action === "search" ? "Folder" : "File", value: <Mono text={request.path} /> },
        { name: "From", value: <Mono text={request.cwd} /> },
      ];
    case "egress":
      return [
        { name: "Host", value: <Mono text={`${request.host}:${request.port}`} /> },
        {
          name: "Request",
          value:
            request.path === null ? (
              <span className="soft">not visible, the connection is encrypted</span>
            ) : (
              <Mono text={`${request.method ?? ""} ${request.path}`.trim()} />
            ),
        },
      ];
    case "websearch":
    case "knowledge":
      return [{ name: "Query", value: <Mono text={request.query} /> }];
    case "secret":
      return [
        { name: "Secret", value: <Named text={request.name} note="added by the gateway, never in the sandbox" /> },
        { name: "Host", value: request.host === null ? <span className="soft">none named</span> : <Mono text={request.host} /> },
      ];
    case "git":
      return [{ name: "Branch", value: <Mono text={request.branch} /> }];
    case "mcp":
      return [
        { name: "Server", value: <Mono text={request.server} /> },
        { name: "Tool", value: <Mono text={request.name} /> },
      ];
    case "unknown":
      return [{ name: "Kind", value: <Mono text={request.kind} /> }];
    default:
      return assertNever(request);
  }
}

/** What the words of a command name; a command can touch more than it names. */
function namedFacts({ hosts, paths, secrets }: Named): readonly Fact[] {
  const kinds = [
    ["Secret", secrets],
    ["Host", hosts],
    ["Names", paths],
  ] as const;
  return kinds.flatMap(([name, texts]) => (texts.length === 0 ? [] : [{ name, value: <Listed texts={texts} /> }]));
}

function Listed({ texts }: { readonly texts: readonly string[] }) {
  return (
    <ul className="named">
      {texts.slice(0, namedAtMost).map((text) => (
        <li key={text}>
          <Mono text={text} />
        </li>
      ))}
      {texts.length > namedAtMost && <li className="soft num">and {texts.length - namedAtMost} more, in the command above</li>}
    </ul>
  );
}

function SandboxOf({ request }: { readonly request: PermissionRequest }) {
  const posture = useBoard((board) => board.tasks.get(request.taskId)?.posture ?? null);
  if (posture === null) return <span className="soft">not known yet</span>;
  const { label, weaker } = posture;
  return (
    <>
      {label}
      {weaker.length > 0 && (
        <span className="weaker-line" title={weaker.join("\n")}>
          , weaker than the default in {writeCount(weaker.length, "way")}
        </span>
      )}
    </>
  );
}

function Mono({ text }: { readonly text: string }) {
  return <code>{escapeControls(text)}</code>;
}

function Named({ text, note }: { readonly text: string; readonly note: string }) {
  return (
    <>
      <Mono text={text} /> <span className="soft">{note}</span>
    </>
  );
}
