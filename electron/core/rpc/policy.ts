import type { Core } from "../core.ts";
import { decide } from "../policy/decide.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

/** Where a request that belongs to no run is imagined to be made. */
const imagined = { worktree: "/workspace/tasks/example", home: "/home/agent", realPath: null, grants: new Set<string>() };

export function policyRouter(core: Core) {
  return os.policy.router({
    rules: os.policy.rules.handler(() => {
      return opened(core)
        .rules.of(null)
        .layers.map(({ layer, rules }) => ({ layer, rules }));
    }),
    explain: os.policy.explain.handler(({ input }) =>
      decide(input.request, opened(core).rules.of(null), { ...imagined, now: core.clock.now() }),
    ),
  });
}
