import { useRef, useState } from "react";
import type { Grant } from "#shared/contract/permission.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { usePermissions } from "../../rpc/permissions-store.ts";
import { useClient } from "../../rpc/client.ts";
import { useRead } from "../../rpc/queries.ts";
import { type Problem, toProblem } from "../../rpc/problem.ts";
import { Button } from "../../ui/Button.tsx";
import { writeAgo, writeClock } from "../../ui/format.ts";
import { ErrorNote } from "../../ui/states.tsx";
import { useKeptFocus } from "../../ui/use-kept-focus.ts";
import { useNow } from "../../ui/use-now.ts";

const scopes: Readonly<Record<Grant["scope"], string>> = { run: "This run", hour: "An hour", repository: "Repository" };

/** The rule that was written, or what was asked, which is the agent's text. */
function nameOf(grant: Grant): string {
  return escapeControls(grant.rule ?? grant.summary);
}

/** What answers allow beyond one request, each to be taken back. */
export function Grants({ onRevoked }: { readonly onRevoked: () => void }) {
  const client = useClient();
  const now = useNow();
  // An answer anywhere may have granted something: the grants are read again whenever one was given.
  const answered = usePermissions(({ settled }) => settled[0]?.id ?? null);
  const grants = useRead(["permissions", "grants", answered], (each, signal) => each.permissions.grants({}, { signal }));
  const list = useRef<HTMLUListElement>(null);
  useKeptFocus(list, grants.data);
  const [problem, setProblem] = useState<Problem | null>(null);
  const revoke = async (grant: Grant) => {
    setProblem(null);
    try {
      await client.permissions.revoke({ id: grant.id });
    } catch (error) {
      setProblem(toProblem(error));
    }
    grants.reload();
    onRevoked();
  };
  return (
    <section aria-label="Grants">
      <h2 className="group-head">
        Grants <span className="label">Given with your answers. Taking one back holds from the next call on.</span>
        <span className="label push num">{grants.data?.length ?? ""}</span>
      </h2>
      {problem !== null && <ErrorNote problem={problem} className="m-3" />}
      {grants.problem !== null && <ErrorNote problem={grants.problem} className="m-3" />}
      <ul ref={list} tabIndex={-1}>
        {grants.data?.length === 0 && <li className="rule-row label">No grants.</li>}
        {grants.data
          ?.filter((grant) => grant.expiresAt === null || grant.expiresAt > now)
          .map((grant) => (
            <li key={grant.id} className="rule-row">
              <span className="verdict-word w-24">{scopes[grant.scope]}</span>
              <code className="wrap-anywhere">{nameOf(grant)}</code>
              <span className="label push clip">
                {escapeControls(grant.scope === "repository" ? grant.repositoryName : grant.taskTitle)}, {writeAgo(grant.grantedAt, now)}
                {grant.expiresAt !== null && `, until ${writeClock(grant.expiresAt)}`}
              </span>
              <Button size="small" look="quiet" aria-label={`Revoke ${nameOf(grant)}`} onClick={() => void revoke(grant)}>
                Revoke
              </Button>
            </li>
          ))}
      </ul>
    </section>
  );
}
