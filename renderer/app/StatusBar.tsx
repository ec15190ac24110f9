import { useAppStatus } from "../rpc/app-status.ts";
import { useRead } from "../rpc/queries.ts";
import { runCommand } from "../ui/commands.ts";
import { writeNumber } from "../ui/format.ts";
import { Icon } from "../ui/Icon.tsx";
import { Kbd } from "../ui/Kbd.tsx";
import { useVerifiedLog } from "./use-verified-log.ts";

/** What holds everything up: the engine, the log, the vault. */
export function StatusBar() {
  const version = useAppStatus((app) => app.status?.version);
  return (
    <footer className="statusbar">
      <Engine />
      <Audit />
      <span>
        <Icon name="key" size={13} />
        Vault open
      </span>
      <span className="push num">Gatehouse {version}</span>
      <button type="button" onClick={() => runCommand("app.shortcuts")} className="hover:text-text">
        <Kbd keys="?" bare /> Shortcuts
      </button>
    </footer>
  );
}

function Engine() {
  const engines = useRead(["sandboxes", "engines"], (client, signal) => client.sandboxes.engines({}, { signal }), { everyMs: 60_000 });
  if (engines.data === undefined) return null;
  // Docker first, as a task would choose.
  const ready = engines.data.find((engine) => engine.status.kind !== "missing");
  if (ready === undefined || ready.status.kind === "missing") {
    return (
      <span className="is-deny">
        <Icon name="box" size={13} />
        No sandbox engine
      </span>
    );
  }
  return (
    <span>
      <Icon name="box" size={13} />
      {engineWords(ready.label, ready.status.version)}
      {ready.status.kind === "needs-image" && ", sandbox image not built"}
    </span>
  );
}

function Audit() {
  const verified = useVerifiedLog();
  if (verified === undefined) return null;
  if (verified.result === "tampered") {
    return (
      <span className="is-deny">
        <Icon name="alert" size={13} />
        Audit log was changed at entry {writeNumber(verified.firstBad)}
      </span>
    );
  }
  return (
    <span className="num">
      <Icon name="check" size={13} className="is-allow" />
      Audit verified to {writeNumber(verified.entries)}
    </span>
  );
}

/** `Docker 27.3`, whether or not the version says the name again. */
function engineWords(label: string, version: string): string {
  if (version.toLowerCase().startsWith(label.toLowerCase())) return version;
  return /^\d/.test(version) ? `${label} ${version}` : `${label}, ${version}`;
}
