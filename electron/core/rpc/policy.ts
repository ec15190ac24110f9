import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Core } from "../core.ts";
import type { Asking } from "../unlock/confirmation.ts";
import { decide } from "../policy/decide.ts";
import { compileHook, meets } from "../policy/hooks.ts";
import { hooksToConfirm } from "../rules/confirm-hooks.ts";
import { malformed, ruleFileChanged } from "../rules/rule-book.ts";
import { opened } from "./opened.ts";
import type { GatedContext } from "./rpc-context.ts";
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
      const file = opened(core).rules.file(input.repositoryId);
      // What is confirmed must be what is adopted: the file may have become another since the page looked at it.
      if (file?.sha256 !== input.sha256) throw ruleFileChanged();
      const hooks = file.isAdopted ? [] : file.written.hooks;
      await confirmHooks(core, hooksToConfirm(hooks, [], "adopt"), input.proof, context);
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
      const known = opened(core).rules.workspaceHooks();
      if (isMet) await confirmHooks(core, hooksToConfirm([input.hook], known, "try"), input.proof, context);
      return await opened(core).hooks.try(input.hook, { request: input.request, isMet, by: context.caller.name }, context.signal);
    }),
    setHooks: os.policy.setHooks.handler(async ({ input, context }) => {
      await confirmHooks(core, hooksToConfirm(input.hooks, opened(core).rules.workspaceHooks(), "keep"), input.proof, context);
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

/** Programs run outside the sandboxes: the page alone cannot let them. */
async function confirmHooks(
  core: Core,
  wish: ReturnType<typeof hooksToConfirm>,
  proof: Asking["proof"],
  { caller, signal }: Pick<GatedContext, "caller" | "signal">,
): Promise<void> {
  if (wish === null) return;
  await core.confirmation.require(wish, { by: caller.name, proof }, signal);
}

function layersOf(core: Core, repositoryId: RepositoryId | null) {
  return opened(core)
    .rules.of(repositoryId)
    .layers.map(({ layer, source, rules, hooks }) => ({ layer, source, rules, hooks: [...hooks] }));
}
