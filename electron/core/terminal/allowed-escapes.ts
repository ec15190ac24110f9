/**
 * Who is at the other end. `viewers-only`: the screen of a command, which nobody types into: no
 * mouse, focus or paste modes, and a line feed also returns the carriage, as there is no terminal
 * driver to do so. `typist`: the operator's shell, whose programs may use them.
 */
export type Audience = "viewers-only" | "typist";

/**
 * What to draw for a sequence, empty where it is not wanted. `cost` says how long drawing takes, in
 * the time of one plain character (about 0.1 µs), as measured with a full scrollback.
 */
export interface Drawing {
  readonly text: string;
  readonly cost: number;
}

const escape = "\x1b";
export const nothing: Drawing = { text: "", cost: 1 };

/** Largest count that a drawing command may carry; no screen has more rows or columns. */
const maximumCount = 500;
const maximumParametersLength = 256;

/** Move, erase, insert, delete, scroll, repeat, margins, save and restore the cursor (ECMA-48, DEC STD 070): base cost, cost a count. */
const counted: ReadonlyMap<string, readonly [number, number]> = new Map([
  ...costing("@ABCDEFGHPX`abdefrsu", 20, 1),
  ...costing("IZ", 10, 1),
  ...costing("JK", 120, 0),
  ...costing("LMST", 20, 8),
]);

/** Private modes that only draw: cursor keys, origin, wraparound, cursor, keypad, alternate screens. */
const drawingModes = new Set(["1", "6", "7", "25", "47", "66", "1047", "1048", "1049"]);
/** Modes that make the viewer's terminal send something of its own: mouse, focus, bracketed paste. */
const typistModes = new Set(["9", "1000", "1002", "1003", "1004", "1006", "2004"]);

/** `CSI parameters intermediates final` */
export function controlSequence(audience: Audience, parameters: string, intermediates: string, final: string): Drawing {
  if (parameters.length > maximumParametersLength) return nothing;
  if (intermediates !== "") return withIntermediates(parameters, intermediates, final);
  if (final === "m") {
    if (!/^[\d;:]*$/.test(parameters)) return nothing;
    return { text: `${escape}[${parameters.replace(/\d{5,}/g, "0")}m`, cost: 10 };
  }
  const costs = counted.get(final);
  if (costs !== undefined && /^[\d;]*$/.test(parameters)) {
    const bounded = parameters.replace(/\d{3,}/g, (digits) => String(Math.min(Number(digits), maximumCount)));
    const count = costs[1] === 0 ? 0 : Math.max(1, ...bounded.split(";").map(Number));
    return { text: `${escape}[${bounded}${final}`, cost: costs[0] + costs[1] * count };
  }
  return final === "h" || final === "l" ? modes(audience, parameters, final) : nothing;
}

/** `ESC intermediates final` */
export function escapeSequence(intermediates: string, final: string): Drawing {
  if (intermediates === "" && final === "c") return { text: `${escape}c`, cost: 1_000 };
  if (intermediates === "" && "78=>DEM".includes(final)) return { text: `${escape}${final}`, cost: 20 };
  if (intermediates === "(" && "0AB".includes(final)) return { text: `${escape}${intermediates}${final}`, cost: 10 };
  return nothing;
}

/**
 * An operating system command comes through only as a hyperlink (OSC 8) to an https address; to any
 * other address it ends the link before it, so that the text stands there as text.
 */
export function systemCommand(command: string): Drawing {
  if (!command.startsWith("8;")) return nothing;
  const address = command.slice(command.indexOf(";", 2) + 1);
  const isShown = /^https:\/\/[\x21-\x7e]{1,2000}$/.test(address) && URL.canParse(address);
  return { text: `${escape}]8;;${isShown ? address : ""}${escape}\\`, cost: 200 };
}

function withIntermediates(parameters: string, intermediates: string, final: string): Drawing {
  const isCursorStyle = intermediates === " " && final === "q" && /^[0-6]?$/.test(parameters);
  return isCursorStyle ? { text: `${escape}[${parameters} q`, cost: 20 } : nothing;
}

function modes(audience: Audience, parameters: string, final: string): Drawing {
  if (parameters === "4") return { text: `${escape}[4${final}`, cost: 10 };
  if (!parameters.startsWith("?")) return nothing;
  const wanted = parameters
    .slice(1)
    .split(";")
    .filter((mode) => drawingModes.has(mode) || (audience === "typist" && typistModes.has(mode)));
  return wanted.length === 0 ? nothing : { text: `${escape}[?${wanted.join(";")}${final}`, cost: 10 + 700 * wanted.length };
}

function costing(finals: string, base: number, each: number): readonly (readonly [string, readonly [number, number]])[] {
  return finals.split("").map((final) => [final, [base, each]]);
}
