import type { Budget, BudgetScope } from "#shared/contract/usage.ts";
import { writeUsd } from "#shared/domain/money.ts";
import { useChange, useRead } from "../../rpc/queries.ts";
import { Button } from "../../ui/Button.tsx";
import { LimitField } from "../../ui/LimitField.tsx";
import { SpentBar } from "../../ui/SpentBar.tsx";
import { ErrorNote, Loading } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";

const words: Readonly<Record<BudgetScope, { readonly name: string; readonly hint: string; readonly spent: string }>> = {
  run: { name: "Each run", hint: "From its start to its end; going on after a stop is a new run.", spent: "dearest run today" },
  task: { name: "Each task", hint: "All its runs. A task can have a limit of its own, on its Usage tab.", spent: "dearest task today" },
  day: { name: "Each day", hint: "All runs of a calendar day.", spent: "today" },
  workspace: { name: "Everything", hint: "All runs since it was set or counted anew.", spent: "so far" },
};

/** The limits. At 80 % the person is told; at 100 % no further call goes out and the run stops. */
export function BudgetRows() {
  const budgets = useRead(["usage", "budgets"], (client, signal) => client.usage.budgets({}, { signal }), { everyMs: 10_000 });
  const set = useChange(
    (client, change: { readonly scope: BudgetScope; readonly limit: number | null; readonly countAnew?: boolean }) =>
      client.usage.setBudget(change),
    { reloads: [["usage"]] },
  );
  return (
    <section aria-label="Budgets">
      <h2 className="group-head">
        Budgets
        <span className="label">You are told at 80%. At 100% no further call goes out, and the run stops until you raise it.</span>
      </h2>
      {budgets.problem !== null && <ErrorNote problem={budgets.problem} className="m-3" />}
      {budgets.isLoading && <Loading what="the budgets" rows={4} />}
      {budgets.data?.map((budget) => (
        <div key={budget.scope} className="budget-row">
          <div className="min-w-0">
            <p className="font-medium">{words[budget.scope].name}</p>
            <p className="small label">{words[budget.scope].hint}</p>
          </div>
          <span className="flex items-center gap-3">
            <LimitField
              name={words[budget.scope].name}
              limit={budget.limit}
              onChange={(limit) => set.run({ scope: budget.scope, limit })}
            />
          </span>
          <span className="flex items-center gap-4">
            <SpentSoFar budget={budget} />
            {budget.scope === "workspace" && budget.countedFrom !== null && (
              <Button size="small" look="quiet" onClick={() => set.run({ scope: "workspace", limit: budget.limit, countAnew: true })}>
                Count anew
              </Button>
            )}
          </span>
        </div>
      ))}
      {set.problem !== null && <ErrorNote problem={set.problem} className="m-3" />}
    </section>
  );
}

function SpentSoFar({ budget: { scope, limit, spent, countedFrom } }: { readonly budget: Budget }) {
  const since = countedFrom === null ? words[scope].spent : null;
  return (
    <>
      {limit === null ? (
        <span className="num small">{writeUsd(spent)}</span>
      ) : (
        <SpentBar name={words[scope].name} spent={spent} limit={limit} />
      )}
      <span className="small label">
        {since ?? (
          <>
            since <Ago at={countedFrom ?? 0} />
          </>
        )}
      </span>
    </>
  );
}
