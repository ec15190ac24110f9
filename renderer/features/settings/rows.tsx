import type { ReactNode } from "react";

/** A named part of the settings. */
export function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h2 className="group-head">{title}</h2>
      {children}
    </section>
  );
}

/** One setting: what it is, and its control. */
export function Row({
  name,
  hint,
  error,
  children,
}: {
  readonly name: string;
  readonly hint: string;
  readonly error?: string | null;
  readonly children: ReactNode;
}) {
  return (
    <div className="setting">
      <div className="min-w-0">
        <p className="font-medium">{name}</p>
        <p className="small label">{hint}</p>
      </div>
      <div className="setting-control">
        {children}
        {error !== undefined && error !== null && (
          <p className="small is-deny" role="alert">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
