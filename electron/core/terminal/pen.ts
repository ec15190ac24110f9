/** Groups of SGR parameters of which the last one counts (ECMA-48, 8.3.117). */
type Group = "weight" | "faint" | "italic" | "underline" | "blink" | "inverse" | "hidden" | "struck" | "overline" | "fg" | "bg" | "line";

const switches: ReadonlyMap<number, Group> = new Map([
  [1, "weight"],
  [2, "faint"],
  [3, "italic"],
  [4, "underline"],
  [21, "underline"],
  [5, "blink"],
  [6, "blink"],
  [7, "inverse"],
  [8, "hidden"],
  [9, "struck"],
  [53, "overline"],
]);

const ends: ReadonlyMap<number, readonly Group[]> = new Map([
  [22, ["weight", "faint"]],
  [23, ["italic"]],
  [24, ["underline"]],
  [25, ["blink"]],
  [27, ["inverse"]],
  [28, ["hidden"]],
  [29, ["struck"]],
  [55, ["overline"]],
  [39, ["fg"]],
  [49, ["bg"]],
  [59, ["line"]],
]);

const colours: ReadonlyMap<number, Group> = new Map([
  [38, "fg"],
  [48, "bg"],
  [58, "line"],
]);

export type Parameters = readonly (number | readonly number[])[];

/** The attributes that the next character will have; xterm does not tell them. */
export class Pen {
  readonly #set = new Map<Group, string>();

  reset(): void {
    this.#set.clear();
  }

  become(other: Pen): void {
    this.reset();
    for (const [group, code] of other.#set) this.#set.set(group, code);
  }

  /** Takes the parameters of an SGR sequence. */
  apply(parameters: Parameters): void {
    if (parameters.length === 0) this.reset();
    for (let index = 0; index < parameters.length; index += 1) {
      const code = parameters[index];
      if (typeof code !== "number") continue;
      const colour = colours.get(code);
      if (colour === undefined) this.#simple(code, parameters[index + 1]);
      else index += this.#colour(colour, code, parameters.slice(index + 1, index + 5));
    }
  }

  /** The SGR sequence that brings a terminal to this pen from any other. */
  asText(): string {
    return `\x1b[${["0", ...this.#set.values()].join(";")}m`;
  }

  #simple(code: number, next: Parameters[number] | undefined): void {
    if (code === 0) return this.reset();
    const group = switches.get(code);
    if (group !== undefined) {
      const style = typeof next === "object" ? next[0] : undefined;
      if (style === 0) this.#set.delete(group);
      else this.#set.set(group, style === undefined ? String(code) : `${code}:${style}`);
    }
    for (const ended of ends.get(code) ?? []) this.#set.delete(ended);
    if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) this.#set.set("fg", String(code));
    if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) this.#set.set("bg", String(code));
  }

  /** Gives the number of parameters that the colour took. */
  #colour(group: Group, code: number, rest: Parameters): number {
    const [kind, ...values] = rest;
    if (typeof kind === "object") {
      this.#set.set(group, [code, ...kind.map((value) => (value < 0 ? "" : value))].join(":"));
      return 0;
    }
    const count = kind === 5 ? 1 : kind === 2 ? 3 : 0;
    const numbers = values.slice(0, count).filter((value) => typeof value === "number");
    if (count > 0 && numbers.length === count) this.#set.set(group, [code, kind, ...numbers].join(";"));
    return count + 1;
  }
}
