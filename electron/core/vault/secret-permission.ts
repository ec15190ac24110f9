import type { SecretBinding, SecretDetails } from "#shared/contract/vault.ts";
import { UserError } from "../kernel/errors.ts";

/** Who asks for a secret, and where it is to go. */
export interface SecretAsker {
  readonly runId: string | null;
  readonly repositoryId: string;
  readonly agentId: string;
  readonly tool: string;
  /** Null for the explicit grant that puts a value into the sandbox: then no binding is asked for, only the scopes. */
  readonly destination: SecretDestination | null;
}

/** One request, as the gateway has made it canonical. */
export interface SecretDestination {
  /** Lower case, without a port. */
  readonly host: string;
  readonly method: string;
  /** Begins with `/`; without query. */
  readonly path: string;
}

/** Whether the details allow it now. Expiry counts as not being there. */
export function mayUse(details: SecretDetails, asker: SecretAsker, now: number): boolean {
  const inScope = details.scopes.some(
    ({ repositoryId, agentId, tool }) => fits(repositoryId, asker.repositoryId) && fits(agentId, asker.agentId) && fits(tool, asker.tool),
  );
  const isLive = details.expiresAt === null || now < details.expiresAt;
  const isBound = asker.destination === null || bindingFor(details, asker.destination) !== null;
  return inScope && isLive && isBound;
}

/** The first binding that names the destination; null when none does. */
export function bindingFor(details: Pick<SecretDetails, "bindings">, { host, method, path }: SecretDestination): SecretBinding | null {
  return (
    details.bindings.find(
      (binding) =>
        binding.host === host &&
        (binding.methods.length === 0 || binding.methods.some((one) => one === method)) &&
        (binding.paths.length === 0 || binding.paths.some((begin) => begins(path, begin))),
    ) ?? null
  );
}

/** The one answer for missing, not permitted, expired and not bound. */
export function notForYou(name: string): UserError {
  return new UserError(
    "NOT_FOUND",
    `There is no secret named '${name}' that may be used here.`,
    "Store it, or look at its scopes, destinations and expiry in the vault.",
  );
}

function fits(part: string | null, asked: string): boolean {
  return part === null || part === asked;
}

/** Segment by segment; a path with `.`, `..`, empty or encoded segments in it fits nothing but itself. */
function begins(path: string, begin: string): boolean {
  const asked = segments(path);
  const wanted = segments(begin);
  if (asked.some((segment) => segment === "." || segment === ".." || /%2e|%2f|%5c|\\/i.test(segment))) return false;
  const isWhole = begin.endsWith("/") && begin !== "/";
  const names = isWhole ? wanted.slice(0, -1) : wanted.filter((segment, at) => segment !== "" || at < wanted.length - 1);
  return names.length <= asked.length && names.every((segment, at) => (segment === "*" ? (asked[at] ?? "") !== "" : segment === asked[at]));
}

function segments(path: string): readonly string[] {
  return path.split("/").slice(1);
}
