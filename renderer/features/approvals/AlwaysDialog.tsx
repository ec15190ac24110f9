import { useState } from "react";
import type { PermissionRequest, Proposal } from "#shared/contract/permission.ts";
import { useRead } from "../../rpc/queries.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { DialogFoot } from "../../ui/DialogFoot.tsx";
import { writeAgo, writeCount } from "../../ui/format.ts";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { useNow } from "../../ui/use-now.ts";
import { onlyJustShown } from "./held-words.ts";
import { usePromptGuard } from "./use-prompt-guard.ts";
import "./approval-dialog.css";

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
  // As with an answer: what was pressed before the rule was there does not write it.
  const guard = usePromptGuard(`${request.nonce} ${rule}`);
  const [isHeld, setHeld] = useState(false);
  const allow = () => {
    const isTooSoon = guard.isTooSoon();
    setHeld(isTooSoon);
    if (!isTooSoon && rule !== null) onAllow(rule);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Always allow in ${request.repositoryName}`}
      foot={
        <DialogFoot
          note={
            <span className="soft small" role="status">
              {isHeld && onlyJustShown}
            </span>
          }
          action="Allow and write this rule"
          look="plain"
          off={rule === null ? "There is no rule to write" : false}
          onAction={allow}
          onClose={onClose}
        />
      }
    >
      {proposal.isLoading && <Loading what="the rule" />}
      {proposal.problem !== null && <ErrorNote problem={proposal.problem} />}
      {proposal.data !== undefined && rule === null && <p>{proposal.data.why} Allow it once or for this run instead.</p>}
      {proposal.data !== undefined && rule !== null && (
        <div className="grid gap-3">
          <p>This rule is written for {request.repositoryName} alone, and can be taken back on the Rules page.</p>
          <p className="always-rule">
            <code className="wrap-anywhere">allow {rule}</code>
          </p>
          <p>{pastInWords(proposal.data)}</p>
          {proposal.data.matches.length > 0 && (
            <ul className="always-past">
              {proposal.data.matches.map((each) => {
                const isDenied = each.answer.startsWith("deny");
                return (
                  <li key={each.id}>
                    <code className="wrap-anywhere">{each.summary}</code>
                    <span className={isDenied ? "is-deny" : "soft"}>
                      {isDenied ? "you denied it" : "you allowed it"} {writeAgo(each.at, now)}
                    </span>
                  </li>
                );
              })}
            </ul>
          )}
        </div>
      )}
    </Dialog>
  );
}

/** What the rule would have meant so far, in a sentence. */
function pastInWords({ considered, matchCount }: Proposal): string {
  if (considered === 0) return "No request of this repository was answered yet that it could be tried on.";
  const answered = writeCount(considered, "answered request");
  if (matchCount === 0) return `Of ${answered} of this repository it would have allowed none.`;
  return `Of ${answered} of this repository it would have allowed ${matchCount}:`;
}
