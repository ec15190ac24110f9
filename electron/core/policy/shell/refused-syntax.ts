import type { Command, SyntaxNode, Word } from "unbash";

/*
 * What bash refuses to read although the parser reads it: a command that may not be what it seems is asked about.
 * Each form was found by the differential test against `bash -n`.
 */

/** Whether bash refuses this node, or reads it as something else; `source` is the text that its offsets count in. */
export function isRefused(node: SyntaxNode, place: { readonly source: string; readonly isQuoted: boolean }): boolean {
  return (
    isCutShort(node) ||
    (place.isQuoted && quotesOddly(node)) ||
    hasBareBracket(node) ||
    hasOpenDelimiter(node) ||
    hasOddName(node) ||
    runsIntoNext(node, place.source) ||
    (node.type === "Word" && hasOpenArithmetic(node))
  );
}

/** Names of loops, functions and coprocesses, words of loops and patterns of cases. */
function hasOddName(node: SyntaxNode): boolean {
  switch (node.type) {
    case "For":
    case "Select":
      return !/^[A-Za-z_]\w*$/.test(node.name.text) || (node.wordlist?.some(isOddWord) ?? false);
    case "Function":
      return /[$`]/.test(node.name.text);
    case "Coproc":
      return node.name !== undefined && !/^[A-Za-z_]\w*$/.test(node.name.text);
    case "Case":
      return isOddWord(node.word) || node.items.some(({ pattern }) => pattern.some(isOddWord));
    default:
      return false;
  }
}

/** `<2>&1`: bash takes the `2` for the number of the second redirection, and misses the file of the first. */
function runsIntoNext(node: SyntaxNode, source: string): boolean {
  if (node.type !== "Redirect" && node.type !== "HereString" && node.type !== "HereDoc") return false;
  if (node.operator === ">&" || node.operator === "<&") return false;
  const target = node.type === "HereDoc" ? node.delimiter : node.target;
  if (target === undefined || !("text" in target) || !/^(?:\d+|\{[A-Za-z_].*\})$/s.test(target.text)) return false;
  return /[<>]/.test(source.charAt(target.end));
}

/** The parser passes over some characters that bash refuses (`a(b`): between words there may be only blanks. */
export function swallows(command: Command, source: string): boolean {
  let end = command.pos;
  for (const item of [...command.prefix, command.name, ...command.suffix]) {
    if (item === undefined) continue;
    for (let at = end; at < item.pos; at += 1) if (!" \t\n\\\r".includes(source.charAt(at))) return true;
    end = Math.max(end, item.end);
  }
  return /^[ \t]*\(/.test(source.slice(end, end + maximumBlanks));
}

/** Blanks behind a command that an opening parenthesis is looked for after. */
const maximumBlanks = 64;

/** Whether a word, what it assigns or what it redirects to holds what bash refuses and the parser does not. */
export function isOdd(item: Command["prefix"][number] | Command["suffix"][number] | undefined): boolean {
  if (item === undefined) return false;
  if (item.type === "Word") return isOddWord(item);
  if (item.type === "Assignment") return item.value.type === "Word" ? isOddWord(item.value) : item.value.elements.some(isOddWord);
  return item.type !== "HereDoc" && item.target?.type === "Word" && isOddWord(item.target);
}

function isOddWord(word: Word): boolean {
  return hasOpenArithmetic(word) || hasExtendedPattern(word);
}

/** `*(…)` and its like: bash refuses them where extglob has not been switched on, as it is not here. */
function hasExtendedPattern({ parts }: Word): boolean {
  return parts?.some(({ type }) => type === "ExtendedGlob") === true;
}

/**
 * In `"${x:-'…'}"` bash runs what stands in the single quotes, and some escapes do not hold; the
 * parser takes both for plain text.
 */
function quotesOddly(node: SyntaxNode): boolean {
  if (node.type !== "ParameterExpansion") return false;
  const inside = node.text.slice(2);
  return /[<>]\(/.test(inside) || (inside.includes("'") && /\$\(|`/.test(inside)) || /\$\\+[({]|\\`/.test(inside);
}

/** `a=(…)b`: the parser reads a plain word where bash still reads an array. */
function hasBareBracket(node: SyntaxNode): boolean {
  return node.type === "Assignment" && node.value.type === "Word" && node.value.text.startsWith("(");
}

/** `$[` without its end: bash refuses it, the parser takes it for text. */
function hasOpenArithmetic({ text, parts }: Word): boolean {
  if (!text.includes("$[")) return false;
  if (parts === undefined) return true;
  return parts.some(
    (part) =>
      (part.type === "Literal" && part.text.includes("$[")) ||
      (part.type === "DoubleQuoted" && part.parts.some((child) => child.type === "Literal" && child.text.includes("$["))),
  );
}

/** A delimiter whose quotes do not close on its line: bash refuses it, the parser does not. */
function hasOpenDelimiter(node: SyntaxNode): boolean {
  return (
    node.type === "HereDoc" &&
    (node.delimiter === undefined ||
      (node.delimiter.text.includes("$[") && !node.delimiter.quoted) ||
      /\n/.test(node.delimiter.text) ||
      !/^(?:[^'"\\]|\\.|'[^']*'|"[^"]*")*$/s.test(node.delimiter.text))
  );
}

/** The parser takes a `/` inside `${x/$(…)/…}` for the end of the pattern: such a substitution lacks its own end. */
function isCutShort(node: SyntaxNode): boolean {
  switch (node.type) {
    case "CommandExpansion":
      return node.text.startsWith("`") ? node.text.length < 2 || !node.text.endsWith("`") : !/[)}]$/.test(node.text);
    case "ProcessSubstitution":
      return !node.text.endsWith(")");
    case "ParameterExpansion":
      return !node.text.endsWith("}") || !/^(?:\w+|[@*#?$!-])$/.test(node.parameter) || node.operation?.type === "Unknown";
    case "ArithmeticExpansion":
      return !/[)\]]$/.test(node.text);
    default:
      return false;
  }
}
