import { useState } from "react";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { writeBytes, writeClock, writeDay } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";

/** Only after an unlock that was right and found the database damaged: the backups to choose from. */
export function RestoreOffer() {
  const offered = useRead(["backups", "offered"], (client, signal) => client.backups.offered({}, { signal }), { everyMs: 3_000 });
  const [isRestored, setRestored] = useState(false);
  const restore = useChange((client, name: string) => client.backups.restore({ name }), {
    reloads: [["backups", "offered"]],
    onDone: () => setRestored(true),
  });
  const now = useNow();
  if (isRestored)
    return (
      <p role="status" className="soft">
        The backup is in place, and the damaged database is kept beside it. Unlock, and say that you restored a backup.
      </p>
    );
  if (offered.data === undefined || offered.data.length === 0) return null;
  return (
    <section aria-label="Restore a backup">
      <p className="font-medium">The database is damaged</p>
      <p className="soft mb-2">Put a backup in its place. The vault and the audit log stay as they are.</p>
      <ul>
        {offered.data.slice(0, 7).map(({ name, at, bytes }) => (
          <li key={name} className="flex items-center gap-3 py-1">
            <span className="num">
              {writeDay(at, now)}, {writeClock(at)}
            </span>
            <span className="label num">{writeBytes(bytes)}</span>
            <Button
              size="small"
              className="push"
              aria-label={`Restore the backup of ${writeDay(at, now)}, ${writeClock(at)}`}
              onClick={() => restore.run(name)}
              off={restore.isRunning && "A backup is being restored"}
            >
              Restore
            </Button>
          </li>
        ))}
      </ul>
      {restore.problem !== null && <ErrorNote problem={restore.problem} />}
    </section>
  );
}
