import type { Risk } from "#shared/contract/policy.ts";

/** From the one a person must look at first to the one that hardly matters. */
export const risksByWeight: readonly Risk[] = [
  "unparsable",
  "hidden-characters",
  "privileged",
  "secret",
  "git-hooks-or-ci",
  "agent-configuration",
  "outside-worktree",
  "deletes",
  "installs-packages",
  "network",
  "writes",
];

/** How risky a set of risk words is: a graver word outweighs any number of lighter ones. */
export function riskWeight(risks: readonly Risk[]): number {
  const known = weights.get(risks);
  if (known !== undefined) return known;
  let weight = 0;
  for (const risk of new Set(risks)) weight += 2 ** (risksByWeight.length - 1 - risksByWeight.indexOf(risk));
  weights.set(risks, weight);
  return weight;
}

/** Of lists that were weighed before: a thousand that wait are sorted whenever one comes or goes. */
const weights = new WeakMap<readonly Risk[], number>();

/** Order of the inbox: riskiest first, then the one that has waited longest. */
export function riskiestFirst(a: Ranked, b: Ranked): number {
  return weightOf(b) - weightOf(a) || a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** A form has no verdict and risks nothing: whatever is answered, nothing is allowed by it. */
interface Ranked {
  readonly id: string;
  readonly createdAt: number;
  readonly verdict?: { readonly risks: readonly Risk[] };
}

function weightOf({ verdict }: Ranked): number {
  return verdict === undefined ? 0 : riskWeight(verdict.risks);
}
