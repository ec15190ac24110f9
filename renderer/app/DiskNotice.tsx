import { Link } from "@tanstack/react-router";
import { useAppStatus } from "../rpc/app-status.ts";
import { Icon } from "../ui/Icon.tsx";

/** A strip for as long as the disk of the data folder takes nothing more. */
export function DiskNotice() {
  const isFull = useAppStatus((app) => app.status?.isDiskFull ?? false);
  if (!isFull) return null;
  return (
    <div role="alert" className="flex items-center gap-2 border-b border-line bg-deny-tint px-3 py-1 text-small text-deny">
      <Icon name="alert" size={14} className="shrink-0" />
      <span>
        <b>The disk is full.</b> Nothing can be put on record, so agents are stopped and answers refused. Free some space, then start the
        tasks again.
      </span>
      <Link to="/settings" search={{ part: "storage" }} className="btn btn-small push shrink-0">
        What takes space
      </Link>
    </div>
  );
}
