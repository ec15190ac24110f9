import type { StopReason } from "../contract/task.ts";
import type { BudgetScope } from "../contract/usage.ts";
import { writeUsd } from "./money.ts";

const owners: Readonly<Record<BudgetScope, string>> = {
  run: "for a run",
  task: "for this task",
  day: "for the day",
  workspace: "of the workspace",
};

/** A budget by what it is for: "budget for the day". */
export function budgetName(scope: BudgetScope): string {
  return `budget ${owners[scope]}`;
}

/** Why a budget ended a run, in one sentence. */
export function describeBudgetStop({ scope, limit, spent, cause }: Extract<StopReason, { kind: "budget" }>): string {
  return cause === "spent"
    ? `Stopped because the ${budgetName(scope)} is used up: ${writeUsd(spent)} of ${writeUsd(limit)}.`
    : `Stopped because the ${budgetName(scope)}, ${writeUsd(limit)}, cannot be kept: a call went by whose price is not known.`;
}
