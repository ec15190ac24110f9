import { useState } from "react";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { RestoreOffer } from "./RestoreOffer.tsx";
import { UnlockWays } from "./UnlockWays.tsx";
import "./unlock.css";

/** All there is while the vault is locked. */
export function UnlockScreen() {
  return (
    <div className="lock-shell">
      <header className="titlebar-plain">
        <Icon name="gate" />
        <b>Gatehouse</b>
        <StopEverything />
      </header>
      <main className="unlock">
        <div className="unlock-box">
          <header>
            <h1>Locked</h1>
            <p className="soft">Agents go on until they next need a decision or a secret. Their questions wait here, and expire to deny.</p>
          </header>
          <UnlockWays />
          <RestoreOffer />
        </div>
      </main>
      <footer className="lock-foot">
        <Icon name="lock" size={13} />
        Locked
      </footer>
    </div>
  );
}

/** In reach while locked too. */
function StopEverything() {
  const [isOpen, setOpen] = useState(false);
  const [stopped, setStopped] = useState<number | null>(null);
  const stop = useChange((client, _: null) => client.app.stopEverything({}), {
    onDone: ({ stoppedRuns }) => {
      setOpen(false);
      setStopped(stoppedRuns);
    },
  });
  return (
    <>
      {stopped !== null && (
        <span role="status" className="small soft push">
          {stopped === 0 ? "Nothing was running." : `Stopped ${stopped} ${stopped === 1 ? "run" : "runs"}.`}
        </span>
      )}
      <Button size="small" look="deny" icon="stop" className={stopped === null ? "push" : ""} onClick={() => setOpen(true)}>
        Stop everything
      </Button>
      <Confirm
        open={isOpen}
        onClose={() => setOpen(false)}
        title="Stop everything?"
        action="Stop everything"
        onConfirm={() => stop.run(null)}
        isRunning={stop.isRunning}
      >
        <p>
          Every agent is stopped at once, what it was allowed for its run is taken back, and what waits for an answer is denied. Work that
          an agent had not handed over is lost.
        </p>
        {stop.problem !== null && <ErrorNote problem={stop.problem} className="mt-3" />}
      </Confirm>
    </>
  );
}
