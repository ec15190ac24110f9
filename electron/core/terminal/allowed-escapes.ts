/**
 * Who is at the other end. `viewers-only`: the screen of a command, which nobody types into: no
 * mouse, focus or paste modes, and a line feed also returns the carriage, as there is no terminal
 * driver to do so. `typist`: the operator's shell, whose programs may use them.
 */
export type Audience = "viewers-only" | "typist";

const escape = "\x1b";

/** Largest count that a drawing command may carry; more than any screen has rows or columns. */
const maximumCount = 500;
const maximumParametersLength = 256;

/** Move, erase, insert, delete, scroll, repeat, tabs, margins, save and restore the cursor (ECMA-48, DEC STD 070). */
const counted = new Set("@ABCDEFGHIJKLMPSTXZ`abdefgrsu".split(""));

/** Private modes that only draw: cursor keys, reverse screen, origin, wraparound, blink, cursor, reverse wraparound, alternate screens. */
const drawingModes = new Set(["1", "5", "6", "7", "12", "25", "45", "47", "66", "1047", "1048", "1049"]);
/** Modes that make the viewer's terminal send something of its own: mouse, focus, bracketed paste. */
const typistModes = new Set(["9", "1000", "1002", "1003", "1004", "1006", "2004"]);

/** The sequence to draw for `CSI parameters intermediates final`; empty for one that is not wanted. */
export function allowedControlSequence(audience: Audience, parameters: string, intermediates: string, final: string): string {
  if (parameters.length > maximumParametersLength) return "";
  if (intermediates !== "") return allowedWithIntermediates(parameters, intermediates, final);
  if (final === "m") return /^[\d;:]*$/.test(parameters) ? `${escape}[${parameters.replace(/\d{5,}/g, "0")}m` : "";
  if (counted.has(final) && /^[\d;]*$/.test(parameters)) return `${escape}[${bounded(parameters)}${final}`;
  if (final === "h" || final === "l") return allowedModes(audience, parameters, final);
  return "";
}

/** The sequence to draw for `ESC intermediates final`; empty for one that is not wanted. */
export function allowedEscape(intermediates: string, final: string): string {
  if (intermediates === "" && "78=>DEHMc".includes(final)) return `${escape}${final}`;
  if (/^[()*+]$/.test(intermediates) && "0AB".includes(final)) return `${escape}${intermediates}${final}`;
  return "";
}

/**
 * An operating system command comes through only as a hyperlink (OSC 8) to an https address; to any
 * other address it ends the link before it, so that the text stands there as text.
 */
export function hyperlink(command: string): string {
  if (!command.startsWith("8;")) return "";
  const address = command.slice(command.indexOf(";", 2) + 1);
  const isShown = /^https:\/\/[\x21-\x7e]{1,2000}$/.test(address) && URL.canParse(address);
  return `${escape}]8;;${isShown ? address : ""}${escape}\\`;
}

function allowedWithIntermediates(parameters: string, intermediates: string, final: string): string {
  const isCursorStyle = intermediates === " " && final === "q" && /^[0-6]?$/.test(parameters);
  const isSoftReset = intermediates === "!" && final === "p" && parameters === "";
  return isCursorStyle || isSoftReset ? `${escape}[${parameters}${intermediates}${final}` : "";
}

function allowedModes(audience: Audience, parameters: string, final: string): string {
  if (parameters === "4") return `${escape}[4${final}`;
  if (!parameters.startsWith("?")) return "";
  const modes = parameters
    .slice(1)
    .split(";")
    .filter((mode) => drawingModes.has(mode) || (audience === "typist" && typistModes.has(mode)));
  return modes.length === 0 ? "" : `${escape}[?${modes.join(";")}${final}`;
}

function bounded(parameters: string): string {
  if (parameters.length < 3) return parameters;
  return parameters.replace(/\d{3,}/g, (digits) => String(Math.min(Number(digits), maximumCount)));
}
