import type { PermissionRequest } from "#shared/contract/permission.ts";
import { useRead } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { writeAgo, writeCount } from "../../ui/format.ts";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";

/** "Allow like this": the rule that would be written, and what of the past it would have let through. */
export function AlwaysDialog({
  request,
  onClose,
  onAllow,
}: {
  readonly request: PermissionRequest;
  readonly onClose: () => void;
  readonly onAllow: (rule: string) => void;
}) {
  const proposal = useRead(["permissions", "proposal", request.id], (client, signal) =>
    client.permissions.proposal({ id: request.id }, { signal }),
  );
  const now = useNow();
  const rule = proposal.data?.rule ?? null;
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Always allow in ${request.repositoryName}`}
      foot={
        <DialogFoot
          action="Allow and write this rule"
          look="plain"
          off={rule === null ? "There is no rule to write" : false}
          onAction={() => rule !== null && onAllow(rule)}
          onClose={onClose}
        />
      }
    >
      {proposal.isLoading && <Loading what="the rule" />}
      {proposal.problem !== null && <ErrorNote problem={proposal.problem} />}
      {proposal.data !== undefined && rule === null && <p>{proposal.data.why} Allow it once or for this run instead.</p>}
      {proposal.data !== undefined && rule !== null && (
        <div className="grid gap-3">
          <p>This rule would be written for {request.repositoryName} alone. You can revoke it on the Rules page.</p>
          <p>
            <code className="wrap-anywhere">allow {rule}</code>
          </p>
          <p className="soft">
            {proposal.data.matchCount === 0
              ? `Of ${writeCount(proposal.data.considered, "answered request")} in this repository it would have allowed none.`
              : `Of ${writeCount(proposal.data.considered, "answered request")} in this repository it would have allowed ${proposal.data.matchCount}:`}
          </p>
          <ul className="grid gap-1">
            {proposal.data.matches.map((each) => (
              <li key={each.id} className="soft">
                <code className="wrap-anywhere">{each.summary}</code>{" "}
                {each.answer.startsWith("deny") ? "which you denied" : "which you allowed"} {writeAgo(each.at, now)}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Dialog>
  );
}
