/**
 * Thrown to whoever cannot be kept waiting for a person any longer. What is waited for goes on without
 * them: the same thing, asked again, joins it or finds the answer.
 */
export class StillWaiting extends Error {
  readonly what: "an answer" | "an unlock";

  constructor(what: StillWaiting["what"]) {
    super(`It waits for ${what} of a person.`);
    this.name = "StillWaiting";
    this.what = what;
  }
}
