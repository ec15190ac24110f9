import { Link } from "@tanstack/react-router";
import { useBoard } from "../rpc/board-store.ts";
import { usePermissions } from "../rpc/permissions-store.ts";
import { Button } from "../ui/Button.tsx";
import { runCommand } from "../ui/commands.ts";
import { Icon } from "../ui/Icon.tsx";
import { Kbd } from "../ui/Kbd.tsx";

export function TitleBar() {
  return (
    <header className="titlebar">
      <div className="brand">
        <Icon name="gate" />
        Gatehouse
      </div>
      <button type="button" className="palette-button" onClick={() => runCommand("app.palette")}>
        <Icon name="search" size={14} />
        <span className="clip">Search, or run a command</span>
        <Kbd keys="mod+k" bare />
      </button>
      <Totals />
      <Button size="small" icon="lock" keys="mod+l" onClick={() => runCommand("app.lock")}>
        Lock
      </Button>
      <Button size="small" look="deny" icon="stop" onClick={() => runCommand("app.stop-everything")}>
        Stop everything
      </Button>
    </header>
  );
}

function Totals() {
  const running = useBoard((board) => {
    let count = 0;
    for (const task of board.tasks.values()) if (task.state.state === "running") count += 1;
    return count;
  });
  const waiting = usePermissions((permissions) => permissions.pending.length);
  return (
    <div className="totals num">
      {running > 0 && (
        <span>
          <Icon name="half" size={14} className="is-running" />
          {running} running
        </span>
      )}
      {waiting > 0 && (
        <Link to="/approvals" className="is-ask">
          <Icon name="question" size={14} />
          <b>{waiting === 1 ? "1 needs you" : `${waiting} need you`}</b>
        </Link>
      )}
    </div>
  );
}
