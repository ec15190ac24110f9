/** Names by number and numbers by name, so that a column of names is a column of numbers. */
export class NameTable {
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(names: readonly string[] = []) {
    for (const name of names) this.number(name);
  }

  get names(): readonly string[] {
    return this.#names;
  }

  number(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#names.length;
    this.#names.push(name);
    this.#numbers.set(name, number);
    return number;
  }

  /** 1 at the number of every name that is wanted. */
  flags(isWanted: (name: string) => boolean): Uint8Array {
    return Uint8Array.from(this.#names, (name) => (isWanted(name) ? 1 : 0));
  }
}
