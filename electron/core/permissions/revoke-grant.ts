import type { RequestId } from "#shared/contract/ids.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import { grantEnded } from "./endings.ts";
import type { Grants } from "./grants.ts";

/** Takes a grant back, on record. NOT_FOUND when it has ended. */
export async function revokeGrant(grants: Grants, audit: AuditLog, id: RequestId, by: string): Promise<void> {
  const grant = grants.list().find((each) => each.id === id);
  if (grant === undefined) throw grantEnded();
  const { scope, summary, rule, repositoryName: repository } = grant;
  const detail = { request: id, scope, summary, writtenRule: rule, repository };
  await audit.around({ verb: "permission.revoke", actor: { kind: "person", name: by }, detail }, async () => {
    if (!grants.revoke(id)) throw grantEnded();
  });
}
