import type { SandboxSummary } from "#shared/contract/sandbox.ts";
import { useRead } from "../../rpc/queries.ts";
import { Engines } from "../../ui/Engines.tsx";
import { EmptyState, ErrorNote, Loading } from "../../ui/states.tsx";
import { ImageTable } from "./ImageTable.tsx";
import { SandboxTable } from "./SandboxTable.tsx";
import { useEngineWork } from "../../rpc/engine-work.ts";

/** The engines on this machine, and what runs on them now. */
export function SandboxesPage() {
  const engines = useRead(["sandboxes", "engines"], (client, signal) => client.sandboxes.engines({}, { signal }));
  const running = useRead(["sandboxes", "list"], (client, signal) => client.sandboxes.list({}, { signal }), { everyMs: 3_000 });
  const images = useRead(["sandboxes", "images"], (client, signal) => client.sandboxes.images({}, { signal }));
  const work = useEngineWork(() => {
    engines.reload();
    images.reload();
  });
  return (
    <>
      <div className="toolbar">
        <h1>Sandboxes</h1>
        {running.data !== undefined && <span className="soft num">{countWords(running.data)}</span>}
      </div>
      <div className="scroll">
        <h2 className="group-head">Engines</h2>
        {engines.problem !== null && (
          <ErrorNote problem={engines.problem} className="m-3" action={{ label: "Look again", run: engines.reload }} />
        )}
        {engines.isLoading && <Loading what="engines" rows={2} />}
        {engines.data !== undefined && <Engines engines={engines.data} work={work} onLookAgain={engines.reload} />}
        <h2 className="group-head border-t border-line">
          Sandboxes <span className="label">with what each uses</span>
        </h2>
        {running.problem !== null && (
          <ErrorNote problem={running.problem} className="m-3" action={{ label: "Try again", run: running.reload }} />
        )}
        {running.isLoading && <Loading what="sandboxes" />}
        {running.data?.length === 0 && (
          <EmptyState>There is none. Each run gets a sandbox of its own; it is removed once its task is decided.</EmptyState>
        )}
        {running.data !== undefined && running.data.length > 0 && <SandboxTable sandboxes={running.data} />}
        {images.problem !== null && (
          <ErrorNote problem={images.problem} className="m-3" action={{ label: "Try again", run: images.reload }} />
        )}
        {images.data !== undefined && images.data.length > 0 && (
          <>
            <h2 className="group-head border-t border-line">
              Images <span className="label">base, then tools, then agent; each pinned to what it stands on</span>
            </h2>
            <ImageTable images={images.data} />
          </>
        )}
      </div>
    </>
  );
}

/** `2 running, 1 stopped`; a stopped one is kept until its task has been decided on. */
function countWords(sandboxes: readonly SandboxSummary[]): string {
  const running = sandboxes.filter((sandbox) => sandbox.state === "running").length;
  const stopped = sandboxes.length - running;
  if (sandboxes.length === 0) return "none";
  return [running > 0 ? `${running} running` : "", stopped > 0 ? `${stopped} stopped` : ""].filter(Boolean).join(", ");
}
