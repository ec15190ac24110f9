import { forEachChild, type SyntaxNode, type Word } from "unbash";
import type { ShellWord } from "./shell-word.ts";
import { isNumber } from "./tame-output.ts";

/** `([1]=b [0]=a)` in the order of its indexes, without them. */
export function inPlace(elements: readonly string[]): readonly string[] {
  const read = elements.map((element) => /^\[([^\]]*)\]=(.*)$/s.exec(element));
  const places = read.map((match) => Number(match?.[1]));
  const order = places.some((place) => Number.isNaN(place))
    ? places.map((_, at) => at)
    : places.map((_, at) => at).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  return order.map((at) => read[at]?.[2] ?? elements[at] ?? "");
}

/** `$(wc -l < FILE)`, alone in a word. */
export function givesNumber(word: Word): boolean {
  const [first, ...others] = word.parts ?? [];
  const inside = first?.type === "DoubleQuoted" && first.parts.length === 1 ? first.parts[0] : first;
  return others.length === 0 && inside?.type === "CommandExpansion" && inside.script !== undefined && isNumber(inside.script);
}

/** An arithmetic expansion alone gives a number. */
export function isNumeric(word: ShellWord): boolean {
  return word.source.startsWith("$((") || /^\$\{?#/.test(word.source);
}

/** Gives a program `$0`, `$1` … as what runs it hands them over. */
export function setParameters(own: { add(name: string, values: readonly string[]): void }, parameters: readonly ShellWord[]): void {
  for (const [index, { text }] of parameters.entries()) if (text !== null) own.add(String(index), [text]);
  const rest = parameters.slice(1).flatMap(({ text }) => (text === null ? [] : [text]));
  if (rest.length > 0) for (const name of ["@", "*"]) own.add(name, [rest.join(" ")]);
}

/** Longer texts are not searched for assignments, characters. */
const maximumText = 2_048;

/** `for i in …; do n+=$i; done`: the variables that a loop puts together from the values of its own. */
export function appendedTo(loop: SyntaxNode, variable: string): readonly string[] {
  const names: string[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.type !== "Assignment") return forEachChild(node, visit);
    const text = node.append === true && node.value.type === "Word" ? node.value.text.replaceAll('"', "") : "";
    if (text === `$${variable}` || text === `\${${variable}}`) names.push(node.name);
  };
  forEachChild(loop, visit);
  return names;
}

/** What `eval 'a=b; c=d'` sets, and what `env NAME=value COMMAND` sets for COMMAND, by name. */
export function setBy(name: string | undefined, words: readonly ShellWord[]): readonly (readonly [string, string])[] {
  if (name !== "eval" && name !== "env") return [];
  const texts = words.flatMap((word) => possibleTexts(word).slice(0, 1)).filter((text) => text.length <= maximumText);
  if (name === "env")
    return texts.flatMap((text) => {
      const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
      return match === null ? [] : [[match[1] ?? "", match[2] ?? ""] as const];
    });
  return [...texts.join(" ").matchAll(/(?:^|[;\s])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;]*)/g)].map(
    ([, variable = "", value = ""]) => [variable, value.replace(/^(["'])(.*)\1$/s, "$2")] as const,
  );
}

/** Most values kept for one variable, and most variables: more are still judged as unknown. */
export const maximumValues = 16;

/** The texts a word may become, when every hole has values; at most 16. */
export function possibleTexts(word: { readonly pieces: readonly (string | { readonly values: readonly string[] })[] }): readonly string[] {
  let texts: string[] = [""];
  for (const piece of word.pieces) {
    if (typeof piece === "string") {
      for (const [at, text] of texts.entries()) texts[at] = text + piece;
      continue;
    }
    const longer: string[] = [];
    for (const text of texts) {
      for (const value of piece.values.slice(0, maximumValues - longer.length)) longer.push(text + value);
      if (longer.length >= maximumValues) break;
    }
    texts = longer;
  }
  return texts;
}
