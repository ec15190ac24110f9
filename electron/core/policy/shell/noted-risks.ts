import type { Risk } from "#shared/contract/policy.ts";

/** The risks of a whole request. `fresh`: those told since it was emptied, also such as were known before. */
export class NotedRisks extends Set<Risk> {
  readonly fresh = new Set<Risk>();

  override add(risk: Risk): this {
    this.fresh.add(risk);
    return super.add(risk);
  }
}
