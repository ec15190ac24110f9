import type { Inner } from "../finding.ts";
import { namedInCode } from "./interpreters.ts";

/** Most places of one text that are looked at. */
const maximumPlaces = 128;

/** Keys whose value runs, in manifests of Kubernetes, compose files and playbooks (each format's reference). */
const inLine =
  /["']?\b(?:command|args|entrypoint|exec|run|script|shell|raw|cmd|test|healthcheck)["']?\s*:\s*(\[[^\]]*\]|"(?:[^"\\]|\\.)*"|'[^']*'|[^\n#{}[\]]+)/gi;
const inLines = /\b(?:command|args|entrypoint|script|run|cmd)\s*:\s*\|?[>-]?[ \t]*\n((?:[ \t]*(?:-[ \t])?[^\n:]+(?:\n|$))+)/gi;

/** Commands in the text of a manifest: only tried against deny rules. */
export function namedInSettings(text: string): readonly Inner[] {
  const script = (source: string): Inner => ({ kind: "script", source, mode: "names", parameters: [] });
  const values = [...text.matchAll(inLine)].slice(0, maximumPlaces).map(([, value = ""]) => value.trim());
  const listed = [...text.matchAll(inLines)].slice(0, maximumPlaces).flatMap(([, lines = ""]) => {
    const items = lines.split("\n").flatMap(
      (line) =>
        line
          .replace(/^\s*(?:-\s+)?/, "")
          .replace(/^["']|["']$/g, "")
          .trim() || [],
    );
    return [items.join(" "), ...items];
  });
  return [
    ...values.flatMap((value) =>
      /^[["']/.test(value) ? namedInCode(value) : [script(value.replace(/^(?:\w+=\S*\s+)+/, "")), script(value)],
    ),
    ...listed.map(script),
  ];
}

/** `key = !command`, `key = "command"` (git-config(1), "Syntax"). */
export function settingsOf(text: string): readonly Inner[] {
  return text
    .split("\n", maximumPlaces)
    .flatMap((line) => /^[^=#;]*=\s*["']?!?\s*(.*?)["']?\s*$/.exec(line)?.[1] ?? [])
    .map((source) => ({ kind: "script", source, mode: "names", parameters: [] }));
}
