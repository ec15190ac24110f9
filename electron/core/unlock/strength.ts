import type { Strength } from "#shared/contract/unlock.ts";

/** Guesses a second at Argon2id with 64 MiB and three passes, on a machine with a hundred strong cores. */
const guessesPerSecond = 1_000;

/** What the person is told they should not use: it is in every attacker's list for this app. */
const ownWords = ["gatehouse", "vault", "passphrase", "passwort", "agent", "sandbox"];

type Check = (passphrase: string) => {
  readonly score: number;
  readonly guessesLog10: number;
  readonly feedback: { readonly warning?: string | null; readonly suggestions: readonly string[] };
};

/** How hard the passphrase is to guess, by zxcvbn; its dictionaries are loaded on first use. */
export async function strengthOf(passphrase: string): Promise<Strength> {
  checking ??= load();
  const check = await checking;
  const { score, guessesLog10, feedback } = check(passphrase.slice(0, longest));
  const { warning, suggestions } = feedback;
  return {
    ...{ score, guessesLog10: Math.max(0, guessesLog10), crackTime: inWords(10 ** Math.min(guessesLog10, 60) / guessesPerSecond) },
    ...{ warning: warning === undefined || warning === "" ? null : warning, suggestions: [...suggestions] },
  };
}

/** Beyond this a passphrase is judged by its beginning: matching takes more than linear time. */
const longest = 128;

let checking: Promise<Check> | undefined;

async function load(): Promise<Check> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  const factory = new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  });
  return (passphrase) => factory.check(passphrase, ownWords);
}

const units: readonly (readonly [string, number])[] = [
  ["second", 1],
  ["minute", 60],
  ["hour", 3_600],
  ["day", 86_400],
  ["year", 31_557_600],
];

function inWords(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds > 31_557_600 * 1_000_000) return "millions of years";
  const [unit, size] = units.findLast(([, size]) => seconds >= size) ?? ["second", 1];
  const count = Math.floor(seconds / size);
  return `${count.toLocaleString("en")} ${unit}${count === 1 ? "" : "s"}`;
}
