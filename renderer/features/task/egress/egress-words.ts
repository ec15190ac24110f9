import type { EgressRow, EgressWay } from "#shared/contract/egress.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { writeCount, writeDuration } from "../../../ui/format.ts";
import type { IconName } from "../../../ui/Icon.tsx";

export interface StatusWords {
  readonly words: string;
  readonly icon: IconName;
  readonly look: "is-allow" | "is-ask" | "is-deny" | "is-running" | "is-done";
}

export function statusWords({ status }: Pick<EgressRow, "status">): StatusWords {
  switch (status) {
    case "waiting":
      return { words: "Waits for you", icon: "question", look: "is-ask" };
    case "open":
      return { words: "Open", icon: "link", look: "is-running" };
    case "done":
      return { words: "Done", icon: "check", look: "is-done" };
    case "failed":
      return { words: "Failed", icon: "alert", look: "is-done" };
    case "refused":
      return { words: "Refused", icon: "deny", look: "is-deny" };
    case "cut-off":
      return { words: "Cut off", icon: "stop", look: "is-deny" };
    case "interrupted":
      return { words: "Interrupted", icon: "half", look: "is-done" };
    default:
      return assertNever(status);
  }
}

/** Where to, as one line of hostile text with what cannot be seen written out. */
export function whereWords({ host, port, method, path, count }: EgressRow): string {
  if (host === "") return count > 1 ? writeCount(count, "connection") : "a connection that named no host";
  const place = port === 443 || port === 0 ? host : `${host}:${port}`;
  return escapeControls(`${method === null ? "" : `${method} `}${place}${path ?? ""}`);
}

/** A rule's host and path, which is what differs between the rules of connections. */
export function bareRule(rule: string): string {
  return rule.replace(/^egress\((.*)\)$/s, "$1");
}

export function carriedWords({ carried, secret }: Pick<EgressRow, "carried" | "secret">): string {
  switch (carried) {
    case "tunnelled":
      return "tunnelled: what went through was not seen";
    case "opened":
      return secret === null ? "opened: TLS was opened for it, no secret was added" : "opened: TLS was opened to add a secret";
    case "plain":
      return "plain: without TLS";
    case null:
      return "nothing went through";
    default:
      return assertNever(carried);
  }
}

export function tookWords({ durationMs, status }: Pick<EgressRow, "durationMs" | "status">): string {
  if (durationMs === null) return status === "open" ? "open" : "";
  return durationMs < 1_000 ? `${durationMs} ms` : writeDuration(durationMs);
}

export function wayWords(way: EgressWay): { readonly words: string; readonly meaning: "allow" | "ask" | "deny" | "outline" } {
  switch (way) {
    case "none":
      return { words: "No run, no way out", meaning: "outline" };
    case "open":
      return { words: "Only through the gateway", meaning: "allow" };
    case "lost":
      return { words: "Way out lost, opening again", meaning: "ask" };
    case "cut-off":
      return { words: "Cut off", meaning: "deny" };
    default:
      return assertNever(way);
  }
}
