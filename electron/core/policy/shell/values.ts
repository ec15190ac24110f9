import type { Word } from "unbash";
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

/** `eval 'a=b; c=d'`: what such a text sets, by name. */
export function setBy(text: string): readonly (readonly [string, string])[] {
  if (text.length > maximumText || !text.includes("=")) return [];
  return [...text.matchAll(/(?:^|[;\s])([A-Za-z_]\w*)=("[^"]*"|'[^']*'|[^\s;]*)/g)].map(
    ([, name = "", value = ""]) => [name, value.replace(/^(["'])(.*)\1$/s, "$2")] as const,
  );
}
