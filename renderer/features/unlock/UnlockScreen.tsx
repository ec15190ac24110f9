import { useEffect, useRef, useState } from "react";
import { useAppStatus } from "../../rpc/app-status.ts";
import { useChange } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { Confirm } from "../../ui/Dialog.tsx";
import { writeElapsed } from "../../ui/format.ts";
import { Icon } from "../../ui/Icon.tsx";
import { PassphraseField } from "../../ui/PassphraseField.tsx";
import { ErrorNote } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";
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
        <UnlockForm />
      </main>
      <footer className="lock-foot">
        <Icon name="lock" size={13} />
        Locked
      </footer>
    </div>
  );
}

function UnlockForm() {
  const retryAt = useAppStatus((app) => (app.status?.lock.state === "locked" ? app.status.lock.retryAt : null));
  const field = useRef<HTMLInputElement>(null);
  const [tries, setTries] = useState(0);
  const unlock = useChange((client, passphrase: string) => client.unlock.withPassphrase({ passphrase }), {
    onFail: () => setTries((count) => count + 1),
  });
  const waitMs = useWait(retryAt);
  useEffect(() => field.current?.focus(), []);
  // A wrong try leaves the field empty and ready for the next.
  useEffect(() => {
    if (tries > 0 && waitMs === 0) field.current?.focus();
  }, [tries, waitMs]);
  const isWaiting = waitMs > 0;
  const wrong =
    unlock.problem !== null && (unlock.problem.code === "WRONG_PASSPHRASE" || unlock.problem.code === "TOO_MANY_ATTEMPTS")
      ? unlock.problem
      : null;
  return (
    <form
      className="unlock-box"
      onSubmit={(event) => {
        event.preventDefault();
        const typed = field.current?.value ?? "";
        if (typed === "" || isWaiting || unlock.isRunning) return;
        if (field.current !== null) field.current.value = "";
        unlock.run(typed);
      }}
    >
      <header>
        <h1>Locked</h1>
        <p className="soft">Agents go on until they next need a decision or a secret. Their questions wait here, and expire to deny.</p>
      </header>
      <PassphraseField
        ref={field}
        label="Passphrase"
        autoComplete="current-password"
        error={
          isWaiting ? (
            <>
              Too many wrong tries.
              <span className="soft block num">The next one is taken in {writeElapsed(waitMs)}.</span>
            </>
          ) : wrong === null ? null : (
            <>
              {wrong.message}
              <span className="soft block">{wrong.remedy}</span>
            </>
          )
        }
      />
      <Button
        type="submit"
        look="primary"
        size="large"
        keys="enter"
        className="w-full"
        off={isWaiting ? "Wait for the next try" : false}
        aria-busy={unlock.isRunning}
      >
        {unlock.isRunning ? "Unlocking…" : "Unlock"}
      </Button>
      {unlock.problem !== null && wrong === null && <ErrorNote problem={unlock.problem} />}
    </form>
  );
}

/** Milliseconds until a try is taken again, counted down; 0 when one is. */
function useWait(retryAt: number | null): number {
  const now = useNow();
  return retryAt === null ? 0 : Math.max(0, retryAt - now);
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
