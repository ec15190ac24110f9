import type { Core } from "../core.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

export function usageRouter(core: Core) {
  const usage = () => opened(core).usage;
  return os.usage.router({
    watch: os.usage.watch.handler(({ input, context }) => {
      opened(core).tasks.require(input.taskId);
      return usage().watch(input.taskId, context.signal);
    }),
    totals: os.usage.totals.handler(({ input }) => usage().totals(input.by, input.from, input.to)),
    prices: os.usage.prices.handler(() => [...usage().prices()]),
    setPrice: os.usage.setPrice.handler(({ input }) => usage().setPrice(input)),
    removePrice: os.usage.removePrice.handler(({ input }) => {
      usage().removePrice(input.pattern);
      return {};
    }),
    budgets: os.usage.budgets.handler(() => [...usage().budgets()]),
    setBudget: os.usage.setBudget.handler(({ input }) => usage().setBudget(input.scope, input.limit, input.countAnew)),
    setTaskBudget: os.usage.setTaskBudget.handler(({ input }) => {
      opened(core).tasks.require(input.taskId);
      return usage().setTaskBudget(input.taskId, input.limit);
    }),
  });
}
