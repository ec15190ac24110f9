import type { ReactNode } from "react";
import { Button } from "./Button.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { ErrorNote } from "./states.tsx";

type Problem = { readonly code: string; readonly message: string; readonly remedy: string };
type Kind = "build-image" | "set-up-local";

interface Work {
  readonly now:
    | { readonly state: "idle" }
    | { readonly state: "running" | "done"; readonly kind: Kind; readonly lines: readonly string[] }
    | { readonly state: "failed"; readonly kind: Kind; readonly lines: readonly string[]; readonly problem: Problem };
  readonly begin: (kind: Kind) => void;
  readonly cancel: () => void;
}

interface Engine {
  readonly driver: "docker" | "local";
  readonly label: string;
  readonly status:
    | { readonly kind: "ready"; readonly version: string; readonly where: string }
    | { readonly kind: "needs-image"; readonly version: string; readonly where: string; readonly remedy: string }
    | { readonly kind: "missing"; readonly what: string; readonly remedy: string; readonly canSetUp: boolean };
}

const looks: Readonly<Record<Engine["status"]["kind"], { readonly icon: IconName; readonly look: string; readonly word: string }>> = {
  ready: { icon: "check", look: "is-allow", word: "Ready" },
  "needs-image": { icon: "clock", look: "is-ask", word: "Needs its image" },
  missing: { icon: "circle", look: "label", word: "Not there" },
};

const workOf: Readonly<Record<Engine["driver"], Kind>> = { docker: "build-image", local: "set-up-local" };

/** Each engine as it was found: ready, or what is missing and the button that mends it. */
export function Engines({
  engines,
  work,
  onLookAgain,
}: {
  readonly engines: readonly Engine[];
  readonly work: Work;
  readonly onLookAgain: () => void;
}) {
  return (
    <ul className="engines">
      {engines.map((engine) => (
        <li key={engine.driver} className="engine">
          <Icon name={looks[engine.status.kind].icon} className={looks[engine.status.kind].look} />
          <div className="min-w-0">
            <p className="flex flex-wrap items-center gap-x-2">
              <span className="font-medium">{engine.label}</span>
              <EngineFacts engine={engine} />
            </p>
            <EngineRemedy engine={engine} />
            <WorkLog engine={engine} work={work} />
          </div>
          <EngineAction engine={engine} work={work} onLookAgain={onLookAgain} />
        </li>
      ))}
    </ul>
  );
}

function EngineFacts({ engine }: { readonly engine: Engine }) {
  const { status } = engine;
  if (status.kind === "missing") return <span className="soft">{status.what}</span>;
  return (
    <>
      <span className={looks[status.kind].look}>{looks[status.kind].word}</span>
      <span className="soft num">{status.version}</span>
      <code className="soft">{status.where}</code>
    </>
  );
}

function EngineRemedy({ engine }: { readonly engine: Engine }) {
  if (engine.status.kind === "ready") {
    return engine.driver === "docker" ? null : (
      <p className="small label">A process sandbox: weaker than Docker, and marked so on every card.</p>
    );
  }
  return <p className="small soft whitespace-pre-line">{engine.status.remedy}</p>;
}

function EngineAction({
  engine,
  work,
  onLookAgain,
}: {
  readonly engine: Engine;
  readonly work: Work;
  readonly onLookAgain: () => void;
}): ReactNode {
  const kind = workOf[engine.driver];
  if (work.now.state === "running" && work.now.kind === kind) {
    return (
      <Button size="small" onClick={work.cancel}>
        Cancel
      </Button>
    );
  }
  const off = work.now.state === "running" ? "Other work on the engines goes on" : false;
  if (engine.status.kind === "missing" && !engine.status.canSetUp) {
    return (
      <Button size="small" icon="refresh" onClick={onLookAgain}>
        Look again
      </Button>
    );
  }
  if (engine.status.kind === "ready") {
    if (engine.driver !== "docker") return null;
    return (
      <Button size="small" look="quiet" icon="tool" off={off} onClick={() => work.begin(kind)}>
        Build the image anew
      </Button>
    );
  }
  return (
    <Button size="small" icon={engine.status.kind === "needs-image" ? "tool" : "download"} off={off} onClick={() => work.begin(kind)}>
      {engine.status.kind === "needs-image" ? "Build the sandbox image" : "Install what the local sandbox needs"}
    </Button>
  );
}

function WorkLog({ engine, work }: { readonly engine: Engine; readonly work: Work }) {
  const { now } = work;
  if (now.state === "idle" || now.kind !== workOf[engine.driver]) return null;
  const verb = now.kind === "build-image" ? "Building the sandbox image" : "Installing";
  return (
    <div className="mt-2 grid gap-2">
      <p role="status" className="small soft flex items-center gap-2">
        {now.state === "running" && (
          <>
            <Icon name="half" size={14} className="is-running" />
            {verb}. Leaving this screen cancels it.
          </>
        )}
        {now.state === "done" && (
          <>
            <Icon name="check" size={14} className="is-allow" />
            Done.
          </>
        )}
      </p>
      {now.state === "failed" && <ErrorNote problem={now.problem} />}
      {now.lines.length > 0 && (
        <pre ref={scrollToEnd} className="log" aria-label={verb}>
          {now.lines.join("\n")}
        </pre>
      )}
    </div>
  );
}

function scrollToEnd(log: HTMLPreElement | null): void {
  if (log !== null) log.scrollTop = log.scrollHeight;
}
