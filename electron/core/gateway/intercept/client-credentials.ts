import { kindOfValue } from "#shared/contract/vault.ts";
import { type HeaderList, without } from "./headers.ts";

/**
 * A host that secrets are bound to gets credentials from the vault and from nowhere else: with a key of
 * its own, an agent could send what it has read into somebody else's account there.
 */
const headers = new Set([
  "api-key",
  "apikey",
  "authentication",
  "authorization",
  "cookie",
  "deploy-token",
  "job-token",
  "private-token",
  "proxy-authorization",
  "x-access-token",
  "x-amz-security-token",
  "x-api-key",
  "x-api-token",
  "x-auth-key",
  "x-auth-token",
  "x-csrf-token",
  "x-figma-token",
  "x-github-token",
  "x-gitlab-token",
  "x-goog-api-key",
  "x-goog-iam-authorization-token",
  "x-jfrog-art-api",
  "x-shopify-access-token",
  "x-token",
  "x-vault-token",
]);

const queryNames = new Set([
  "access-token",
  "api-key",
  "apikey",
  "api-token",
  "auth",
  "auth-token",
  "authorization",
  "client-secret",
  "job-token",
  "oauth-token",
  "private-token",
  "token",
  "x-api-key",
  "x-amz-credential",
  "x-amz-security-token",
  "x-amz-signature",
  "x-goog-api-key",
]);

/** Without what a client authorizes itself with. `_` counts as `-`, as servers read it that hand headers on as variables. */
export function withoutCredentialHeaders(list: HeaderList): HeaderList {
  return without(list, (name) => headers.has(name.replaceAll("_", "-")));
}

/** The values that {@link withoutCredentialHeaders} takes away, a line each, and what basic authentication (RFC 7617) holds. */
export function presentedCredentials(list: HeaderList): string {
  return list
    .filter(([name]) => headers.has(name.replaceAll("_", "-")))
    .flatMap(([, value]) => {
      const basic = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(value)?.[1];
      return basic === undefined ? [value] : [Buffer.from(basic, "base64").toString("latin1")];
    })
    .join("\n");
}

/**
 * The request target without keys in its query: by the usual names, by the shapes of known keys, and
 * `key` where Google's APIs take it. The rest stays byte for byte.
 */
export function withoutCredentialQuery(target: string, host: string): string {
  const start = target.indexOf("?");
  if (start === -1) return target;
  const kept = target
    .slice(start + 1)
    .split("&")
    .filter((pair) => !isCredential(pair, host));
  return kept.length === 0 ? target.slice(0, start) : `${target.slice(0, start)}?${kept.join("&")}`;
}

function isCredential(pair: string, host: string): boolean {
  // `;` separates pairs, too, for some servers.
  return pair.split(";").some((part) => {
    const at = part.indexOf("=");
    const name = decoded(at === -1 ? part : part.slice(0, at))
      .toLowerCase()
      .replaceAll("_", "-");
    const value = at === -1 ? "" : decoded(part.slice(at + 1));
    if (queryNames.has(name)) return true;
    if (name === "key" && (host === "googleapis.com" || host.endsWith(".googleapis.com"))) return true;
    return kindOfValue(value) !== "generic";
  });
}

function decoded(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
