import { AsyncLocalStorage } from "node:async_hooks";
import { randomId } from "./ids.ts";

const storage = new AsyncLocalStorage<string>();

/** The id of what a person or the clock set off, and of all that follows from it: log lines, audit entries, executions. */
export function currentTrace(): string | null {
  return storage.getStore() ?? null;
}

export function newTrace(): string {
  return randomId("call");
}

/** Everything in `body`, and all it leads to, carries this id. */
export function withTrace<T>(id: string, body: () => T): T {
  return storage.run(id, body);
}
