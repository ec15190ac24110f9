import type { SyntaxNode, Word } from "unbash";
import { changesPrograms } from "./assignments.ts";
import type { Variables } from "./variables.ts";

/**
 * Bash evaluates array subscripts inside arithmetic, and runs command substitutions it finds in
 * them even when they come out of a variable (bash(1), "ARITHMETIC EVALUATION"; bash FAQ, pitfall
 * 61). Says why a node may do that; null when it cannot.
 */
export function arithmeticDoubt(node: SyntaxNode, variables: Variables): string | null {
  switch (node.type) {
    case "ArithmeticBinary": {
      const name = /^(?:[-+*/%&|^]|<<|>>)?=$/.test(node.operator) && node.left.type === "ArithmeticWord" ? node.left.value : "";
      return changesPrograms(name) ? `It sets ${name}, which changes what programs run or load.` : null;
    }
    case "ArithmeticWord":
      return evaluated(node.value, node.parts, variables) ? subscriptDoubt : null;
    case "Assignment":
      return node.index !== undefined && quotesSubstitution(node.index) ? subscriptDoubt : null;
    case "TestUnary":
      return takesSubscript(node) ? subscriptDoubt : null;
    case "TestBinary":
      return arithmeticTests.has(node.operator) && [node.left, node.right].some((word) => evaluated(word.value, word.parts, variables))
        ? subscriptDoubt
        : null;
    case "ParameterExpansion":
      // `${!a[@]}` are the keys of an array.
      if (node.prefix === "!" && node.operation?.type !== "Names" && node.index?.value !== "@" && node.index?.value !== "*")
        return "It expands a variable that is named by another variable.";
      if (node.operation?.type === "Transform" && node.operation.operator.includes("@") && node.text.includes("@P"))
        return "It expands a variable as a prompt, which runs what stands in it.";
      if (node.index !== undefined && (quotesSubstitution(node.index) || evaluated(node.index.value, node.index.parts, variables, false)))
        return subscriptDoubt;
      if (node.operation?.type === "Slice") {
        const { offset, length } = node.operation;
        return [offset, length].some((word) => word !== undefined && evaluated(word.value, word.parts, variables)) ? subscriptDoubt : null;
      }
      return null;
    default:
      return null;
  }
}

/** `[[ -v 'a[$(…)]' ]]`: the subscript is expanded a second time. */
export function takesSubscript(node: { readonly operator: string; readonly operand: Word }): boolean {
  return (node.operator === "-v" || node.operator === "-R") && node.operand.value.includes("[");
}

const subscriptDoubt = "It evaluates a subscript or number that may run a command.";
const arithmeticTests = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

function evaluated(value: string, parts: Word["parts"], variables: Variables, isNumber = true): boolean {
  if (
    isNumber &&
    /\[/.test(value) &&
    !/^[A-Za-z_]\w*\[\s*(?:\d+|[A-Za-z_]\w*)\s*\]$/.test(value) &&
    !/^\$\{#?\w+\[[@*\w]+\]\}$/.test(value)
  )
    return true;
  for (const name of namesIn(value, parts)) if (variables.isSuspect(name)) return true;
  return false;
}

function namesIn(value: string, parts: Word["parts"]): string[] {
  const names = (parts ?? []).flatMap((part) => {
    if (part.type === "SimpleExpansion") return [part.text.slice(1)];
    if (part.type === "ParameterExpansion" && part.prefix !== "#") return [part.parameter];
    return [];
  });
  return /^[A-Za-z_]\w*$/.test(value) ? [value, ...names] : names;
}

/** A command substitution that stands in single quotes: the subscript is expanded a second time. */
function quotesSubstitution(word: Word): boolean {
  return (word.parts ?? []).some(
    (part) => (part.type === "SingleQuoted" || part.type === "AnsiCQuoted" || part.type === "Literal") && /\$\(|`/.test(part.value),
  );
}
