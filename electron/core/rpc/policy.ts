import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Core } from "../core.ts";
import { decide } from "../policy/decide.ts";
import { compileHook, meets } from "../policy/hooks.ts";
import { malformed } from "../rules/rule-book.ts";
import { opened } from "./opened.ts";
import { os } from "./server.ts";

/** Where a request that belongs to no run is imagined to be made. */
const imagined = {
  worktree: "/workspace/tasks/example",
  home: "/home/agent",
  realPath: null,
  grants: new Set<string>(),
  hooks: "assumed" as const,
};

export function policyRouter(core: Core) {
  return os.policy.router({
    rules: os.policy.rules.handler(({ input }) => layersOf(core, input.repositoryId)),
    replay: os.policy.replay.handler(({ input }) => opened(core).rules.replay(input.rules)),
    repositoryFile: os.policy.repositoryFile.handler(async ({ input, context }) => {
      const problems = await opened(core).refreshRules(input.repositoryId, context.signal);
      const file = opened(core).rules.file(input.repositoryId);
      return file === null
        ? null
        : {
            content: file.content,
            sha256: file.sha256,
            isAdopted: file.isAdopted,
            problems: [...problems],
            rules: file.written.rules,
            hooks: [...file.written.hooks],
          };
    }),
    adoptFile: os.policy.adoptFile.handler(async ({ input, context }) => {
      await opened(core).rules.adoptFile(input.repositoryId, input.sha256, context.caller.name);
      return {};
    }),
    setRules: os.policy.setRules.handler(async ({ input, context }) => {
      await opened(core).rules.setWorkspace(input.rules, context.caller.name);
      return layersOf(core, null);
    }),
    checkHooks: os.policy.checkHooks.handler(({ input }) => ({ problems: [...opened(core).rules.hookProblems(input.hooks)] })),
    tryHook: os.policy.tryHook.handler(async ({ input, context }) => {
      const compiled = compileHook(input.hook, "workspace");
      if (!compiled.ok) throw malformed([{ list: "hooks", index: 0, rule: input.hook.match, ...compiled }]);
      const isMet = meets(compiled.hook, input.request, { ...imagined, now: core.clock.now() });
      return await opened(core).hooks.try(input.hook, { request: input.request, isMet, by: context.caller.name }, context.signal);
    }),
    setHooks: os.policy.setHooks.handler(async ({ input, context }) => {
      await opened(core).rules.setHooks(input.hooks, input.seen, context.caller.name);
      return layersOf(core, null);
    }),
    use: os.policy.use.handler(({ input }) => opened(core).rules.use(input.repositoryId)),
    proposal: os.policy.proposal.handler(async ({ input, context }) => await opened(core).ruleProposal(input.taskId, context.signal)),
    explain: os.policy.explain.handler(({ input }) =>
      decide(input.request, opened(core).rules.of(input.repositoryId), { ...imagined, mode: input.mode, now: core.clock.now() }),
    ),
  });
}

function layersOf(core: Core, repositoryId: RepositoryId | null) {
  return opened(core)
    .rules.of(repositoryId)
    .layers.map(({ layer, source, rules, hooks }) => ({ layer, source, rules, hooks: [...hooks] }));
}
