import { type ReactNode, useEffect, useState } from "react";
import { Button } from "./Button.tsx";
import { Icon } from "./Icon.tsx";

/** Nothing here yet: one sentence and one action, where the first row would be. */
export function EmptyState({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

/** What failed, and the remedy; shown where it happened. */
export function ErrorNote({
  problem,
  action,
  className = "",
}: {
  readonly problem: { readonly code: string; readonly message: string; readonly remedy: string };
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly className?: string;
}) {
  return (
    <div className={`note ${className}`} role="alert" data-code={problem.code}>
      <Icon name="alert" />
      <div>
        <p className="note-what">{problem.message}</p>
        {problem.remedy !== "" && <p className="note-remedy">{problem.remedy}</p>}
      </div>
      {action !== undefined && (
        <Button size="small" onClick={action.run}>
          {action.label}
        </Button>
      )}
    </div>
  );
}

/** Still grey bars in the final layout; nothing at all for the first 200 ms. */
export function Loading({ rows = 4, what }: { readonly rows?: number; readonly what: string }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  if (!isLate) return null;
  return (
    <div className="bars" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, row) => (
        <i key={row} style={{ width: `${68 - ((row * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

/** Words for assistive technology alone. */
export function VisuallyHidden({ children }: { readonly children: ReactNode }) {
  return <span className="visually-hidden">{children}</span>;
}
