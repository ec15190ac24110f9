import { useEngineWork } from "../../rpc/engine-work.ts";
import { useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Engines } from "../../ui/Engines.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { BaseImage } from "./BaseImage.tsx";

/** What can hold an agent here, with what is missing and the button that mends it. */
export function EngineStep({ onNext }: { readonly onNext: () => void }) {
  const engines = useRead(["sandboxes", "engines"], (client, signal) => client.sandboxes.engines({}, { signal }));
  const work = useEngineWork(engines.reload);
  const isReady = engines.data?.some((engine) => engine.status.kind === "ready") ?? false;
  const docker = engines.data?.find((engine) => engine.driver === "docker");
  const isWorking = work.now.state === "running";
  return (
    <div className="grid gap-4">
      <header>
        <h1>Check the engine</h1>
        <p className="soft">Agents run in a sandbox without network. One engine is enough; Docker holds them best.</p>
      </header>
      {engines.problem !== null && <ErrorNote problem={engines.problem} action={{ label: "Look again", run: engines.reload }} />}
      {engines.isLoading && <Loading what="engines" rows={2} />}
      {engines.data !== undefined && (
        <div className="frame">
          <Engines engines={engines.data} work={work} onLookAgain={engines.reload} />
        </div>
      )}
      {docker !== undefined && docker.status.kind === "needs-image" && (
        <details open={work.now.state === "failed" && work.now.kind === "build-image"}>
          <summary className="soft small cursor-default">No way to an image registry? Name a base image</summary>
          <div className="mt-2">
            <BaseImage onNamed={() => work.begin("build-image")} />
          </div>
        </details>
      )}
      <p className="flex items-center gap-2">
        <Button
          look={isReady ? "primary" : "plain"}
          size="large"
          onClick={onNext}
          off={isWorking ? "Wait for it, or cancel it: leaving this step cancels it" : false}
        >
          {isReady ? "Go on" : "Go on without an engine"}
        </Button>
        <Button look="quiet" size="large" icon="refresh" onClick={engines.reload} off={isWorking ? "Work on an engine goes on" : false}>
          Look again
        </Button>
      </p>
      {engines.data !== undefined && !isReady && (
        <p className="small label">Without an engine no task can start. You can come back to this under Sandboxes.</p>
      )}
    </div>
  );
}
