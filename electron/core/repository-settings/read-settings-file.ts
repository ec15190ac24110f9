import { findNodeAtLocation, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { RuleList } from "#shared/contract/policy.ts";
import { RepositorySettings, type SettingsProblem } from "#shared/contract/repository-settings.ts";
import { parseRule } from "../policy/rules/rule-syntax.ts";

export type SettingsRead =
  | { readonly ok: true; readonly settings: RepositorySettings }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

type Path = readonly PropertyKey[];

/** Problems that are told at most: a file of another kind has one at every key. */
const maximumProblems = 20;

/** Reads `gatehouse.jsonc`: JSON with comments and trailing commas. One problem refuses the whole file. */
export function readSettingsFile(text: string): SettingsRead {
  if (text.trim() === "") return refused([problemAt(text, 0, "The file is empty.")]);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  if (tree === undefined || errors.length > 0)
    return refused(errors.map(({ error, offset }) => problemAt(text, offset, `This is no JSON: ${words(printParseErrorCode(error))}.`)));
  const twice = repeatedKeys(text, tree);
  if (twice.length > 0) return refused(twice);
  const value: unknown = getNodeValue(tree);
  const read = RepositorySettings.safeParse(value);
  if (!read.success) {
    return refused(
      read.error.issues.map((issue) =>
        issue.code === "unrecognized_keys"
          ? problemAt(text, offsetOf(tree, [...issue.path, issue.keys[0] ?? ""]), `There is no "${issue.keys.join('", "')}" here.`)
          : problemAt(text, offsetOf(tree, issue.path), issue.message),
      ),
    );
  }
  const malformed = malformedRules(read.data).map(({ path, problem }) => problemAt(text, offsetOf(tree, path), problem));
  return malformed.length > 0 ? refused(malformed) : { ok: true, settings: read.data };
}

/** The rules that the settings stand for: all of them once adopted, before that only what tightens. */
export function rulesOf(settings: RepositorySettings, isAdopted: boolean): RuleList {
  const { deny, ask, allow } = settings.rules;
  return { deny, ask, allow: isAdopted ? [...allow, ...settings.network.map(egressRule)] : [] };
}

function egressRule(host: string): string {
  return `egress(${host})`;
}

function malformedRules(settings: RepositorySettings): readonly { readonly path: Path; readonly problem: string }[] {
  const rules = (["deny", "ask", "allow"] as const).flatMap((list) =>
    settings.rules[list].map((text, index) => ({ path: ["rules", list, index], text })),
  );
  const hosts = settings.network.map((host, index) => ({ path: ["network", index], text: egressRule(host) }));
  return [...rules, ...hosts].flatMap(({ path, text }) => {
    const parsed = parseRule(text);
    return parsed.ok ? [] : [{ path, problem: parsed.problem }];
  });
}

function refused(problems: readonly SettingsProblem[]): SettingsRead {
  return { ok: false, problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, maximumProblems) };
}

/** Where the value at this path stands, or the deepest of its parents that is there. */
function offsetOf(tree: Node, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(tree, path.slice(0, length).map(segment));
    if (node !== undefined) return node.offset;
  }
  return tree.offset;
}

function segment(key: PropertyKey): string | number {
  return typeof key === "number" ? key : String(key);
}

function repeatedKeys(text: string, node: Node): readonly SettingsProblem[] {
  const children = node.children ?? [];
  const own: SettingsProblem[] = [];
  if (node.type === "object") {
    const seen = new Set<string>();
    for (const [key] of children.map((property) => property.children ?? [])) {
      if (key === undefined) continue;
      const name = String(getNodeValue(key));
      if (seen.has(name)) own.push(problemAt(text, key.offset, `"${name}" stands here twice.`));
      seen.add(name);
    }
  }
  return [...own, ...children.flatMap((child) => repeatedKeys(text, child))];
}

function problemAt(text: string, offset: number, problem: string): SettingsProblem {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n"), problem };
}

/** `ValueExpected` as words: "value expected". */
function words(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
