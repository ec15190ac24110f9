import type { Redirection } from "unbash";
import type { Finding } from "./finding.ts";
import { dequote, type ShellWord } from "./shell-word.ts";
import type { Variables } from "./variables.ts";

/** Files that a redirection may name without writing anything that stays (bash(1), "REDIRECTION"). */
const harmlessTargets = new Set([
  "/dev/null",
  "/dev/stdout",
  "/dev/stderr",
  "/dev/stdin",
  "/dev/tty",
  "/dev/zero",
  "/dev/full",
  "/dev/fd/0",
  "/dev/fd/1",
  "/dev/fd/2",
]);

export interface RedirectionFinding extends Finding {
  /** The file written, when its name is known. */
  readonly path: ShellWord | null;
}

/** What a redirection does beyond passing text on; null for reading, duplicating and `/dev/null`. */
export function inspectRedirection(redirect: Redirection, variables: Variables): RedirectionFinding | null {
  if (redirect.type !== "Redirect") return null;
  const target = redirect.target === undefined ? null : dequote(redirect.target, variables);
  const text = target?.text ?? null;
  if (text !== null && /^\/dev\/(tcp|udp)\//.test(text))
    return { why: "It opens a network connection through a redirection.", risk: "network", at: "beside", path: null };
  if (redirect.operator === "<") {
    return target !== null && target.text === null && couldBeDevice(target)
      ? {
          why: "It reads from a file whose name is computed when it runs and may be a network address.",
          risk: "network",
          at: "beside",
          path: null,
        }
      : null;
  }
  if ((redirect.operator === ">&" || redirect.operator === "<&") && text !== null && /^(\d+-?|-)$/.test(text)) return null;
  if (redirect.operator === "<&") return null;
  if (text !== null && harmlessTargets.has(text)) return null;
  const [part] = redirect.target?.parts ?? [];
  if (part?.type === "ProcessSubstitution" && redirect.target?.parts?.length === 1) return null;
  return { why: "It writes a file by redirection.", risk: "writes", at: "beside", path: target };
}

/** The file that a redirection reads; null where it reads none that stays (`< /dev/null`, `< <(…)`). */
export function readTarget(redirect: Redirection, variables: Variables): ShellWord | null {
  if (redirect.type !== "Redirect" || (redirect.operator !== "<" && redirect.operator !== "<>") || redirect.target === undefined)
    return null;
  const [part] = redirect.target.parts ?? [];
  if (part?.type === "ProcessSubstitution") return null;
  const target = dequote(redirect.target, variables);
  return target.text !== null && harmlessTargets.has(target.text) ? null : target;
}

function couldBeDevice(word: ShellWord): boolean {
  const [first] = word.pieces;
  return (typeof first !== "string" && first?.isTame !== true) || (typeof first === "string" && couldBegin(first));
}

function couldBegin(first: string): boolean {
  return first.startsWith("/dev/tcp") || first.startsWith("/dev/udp");
}
