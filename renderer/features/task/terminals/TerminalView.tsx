import { type Ref, useEffect, useEffectEvent, useImperativeHandle, useRef, useState } from "react";
import type { TerminalSummary } from "#shared/contract/terminal.ts";
import { useClient } from "../../../rpc/client.ts";
import type { Problem } from "../../../rpc/problem.ts";
import { ErrorNote } from "../../../ui/states.tsx";
import { attachViewer } from "./attach-viewer.ts";
import type { OpenScreen, ScreenSize } from "./open-screen.ts";
import { openViewerFlow } from "./viewer-flow.ts";

export type ScreenHandle = Pick<OpenScreen, "find" | "endSearch" | "text" | "focus">;

/**
 * One terminal on screen. Mounted it is attached, unmounted it is not: a terminal that nobody sees
 * costs nothing, and comes back from a snapshot with the same screen.
 */
export function TerminalView({
  terminal,
  onLink,
  onSearch,
  onLeave,
  ref,
}: {
  readonly terminal: TerminalSummary;
  readonly onLink: (address: string) => void;
  readonly onSearch: () => void;
  readonly onLeave: () => void;
  readonly ref?: Ref<ScreenHandle>;
}) {
  const client = useClient();
  const frame = useRef<HTMLDivElement>(null);
  const screen = useRef<OpenScreen | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const link = useEffectEvent(onLink);
  const search = useEffectEvent(onSearch);
  const leave = useEffectEvent(onLeave);
  const { id, kind } = terminal;
  const hasEnded = terminal.exit !== null;

  useImperativeHandle(ref, () => ({
    find: (text, direction) => screen.current?.find(text, direction) ?? false,
    endSearch: () => screen.current?.endSearch(),
    text: () => screen.current?.text() ?? "",
    focus: () => screen.current?.focus(),
  }));

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const life = new AbortController();
    const resize = ({ columns, rows }: ScreenSize) => {
      client.terminals.resize({ id, columns, rows }, { signal: life.signal }).catch(() => undefined);
    };
    const type = (data: string) => {
      client.terminals.input({ id, data }, { signal: life.signal }).catch(() => undefined);
    };
    const open = async () => {
      const { openScreen } = await import("./open-screen.ts");
      if (life.signal.aborted) return;
      const made = openScreen(element, {
        onInput: kind === "shell" && !hasEnded ? type : null,
        onFit: resize,
        onLink: link,
        onSearch: search,
        onLeave: leave,
        onExit: () => undefined,
      });
      screen.current = made;
      const flow = openViewerFlow(
        made,
        (viewerId, bytes) => void client.terminals.acknowledge({ viewerId, bytes }, { signal: life.signal }).catch(() => undefined),
        (draw) => requestAnimationFrame(draw),
      );
      life.signal.addEventListener("abort", () => {
        flow.close();
        made.close();
        screen.current = null;
      });
      if (kind === "shell") made.focus();
      await attachViewer(client, id, flow, setProblem, life.signal);
    };
    void open();
    return () => life.abort();
  }, [client, id, kind, hasEnded]);

  return (
    <div className="terminal-pane">
      {problem !== null && <ErrorNote problem={problem} className="m-3" />}
      <div className="terminal-frame" ref={frame} role="group" aria-label={`${terminal.title}. F6 leaves the terminal.`} />
      <ExitLine terminal={terminal} />
    </div>
  );
}

function ExitLine({ terminal }: { readonly terminal: TerminalSummary }) {
  if (terminal.exit === null) return null;
  const { code, signal, hasFailed } = terminal.exit;
  const words = signal !== null ? `Ended by ${signal}` : code === null ? "Ended; no exit code was told" : `Ended with exit code ${code}`;
  return (
    <p className={`terminal-exit ${hasFailed ? "is-deny" : ""}`} role="status">
      {words}
    </p>
  );
}
