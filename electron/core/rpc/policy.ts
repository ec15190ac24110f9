import type { RepositoryId, TaskId } from "#shared/contract/ids.ts";
import type { Hook } from "#shared/contract/hook.ts";
import type { Core } from "../core.ts";
import type { Asking } from "../unlock/confirmation.ts";
import { UserError } from "../kernel/errors.ts";
import { Emitter } from "../kernel/events.ts";
import { liveChannel } from "../kernel/live-channel.ts";
import { decide } from "../policy/decide.ts";
import { compileHook, meets } from "../policy/hooks.ts";
import { readImport } from "../policy/import-rules.ts";
import { readRuleFile } from "../policy/rule-file.ts";
import type { RuleSet } from "../policy/rule-set.ts";
import { hooksToConfirm } from "../rules/confirm-hooks.ts";
import type { ProgramDigests } from "../rules/hook-programs.ts";
import { type AheadFile, malformed, type RuleBook, ruleFileChanged } from "../rules/rule-book.ts";
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
    replay: os.policy.replay.handler(async ({ input, context }) => await opened(core).rules.replay(input.rules, context.signal)),
    answered: os.policy.answered.handler(({ input }) => {
      const found = opened(core).answered.brief(input.id);
      if (found === null) throw new UserError("NOT_FOUND", "This request is not on record any more.", "Try another one.");
      return { request: found.request };
    }),
    suggest: os.policy.suggest.handler(({ input: { request, mode, repositoryId } }) => {
      const { rules } = opened(core);
      const judge = (set: RuleSet) => decide(request, set, { ...imagined, mode, now: core.clock.now() });
      return rules.suggest(request, judge(rules.of(repositoryId)), repositoryId, judge);
    }),
    importRules: os.policy.importRules.handler(({ input }) => readImport(input.text)),
    watch: os.policy.watch.handler(({ context }) => watch(core, context.signal)),
    repositoryFile: os.policy.repositoryFile.handler(async ({ input: { repositoryId }, context }) => {
      await opened(core).refreshRules(repositoryId, context.signal);
      return fileOf(opened(core).rules, repositoryId);
    }),
    effect: os.policy.effect.handler(async ({ input, context }) => {
      const content = await exactContent(core, input, context.signal);
      return await opened(core).rules.effect(input.repositoryId, content, context.signal);
    }),
    adoptFile: os.policy.adoptFile.handler(async ({ input, context }) => {
      const { repositoryId, sha256, taskId, proof } = input;
      const hooks = await hooksOf(core, input, context.signal);
      await letRun(core, { hooks, known: [], does: "adopt", proof }, context);
      // What is confirmed must be what is adopted: the file may have become another since the page looked at it.
      const content = await exactContent(core, input, context.signal);
      await answerFile(core, { repositoryId, sha256, taskId, content: content ?? "" }, "adopt", context.caller.name);
      return {};
    }),
    refuseFile: os.policy.refuseFile.handler(async ({ input, context }) => {
      const content = await exactContent(core, input, context.signal);
      await answerFile(core, { ...input, content: content ?? "" }, "refuse", context.caller.name);
      return {};
    }),
    setRules: os.policy.setRules.handler(async ({ input, context }) => {
      await opened(core).rules.setWorkspace(input.rules, context.caller.name, input.seen);
      return layersOf(core, null);
    }),
    checkHooks: os.policy.checkHooks.handler(({ input }) => ({ problems: [...opened(core).rules.hookProblems(input.hooks)] })),
    tryHook: os.policy.tryHook.handler(async ({ input, context }) => {
      const compiled = compileHook(input.hook, "workspace");
      if (!compiled.ok) throw malformed([{ list: "hooks", index: 0, rule: input.hook.match, ...compiled }]);
      const isMet = meets(compiled.hook, input.request, { ...imagined, now: core.clock.now() });
      const known = opened(core).rules.workspaceHooks();
      const wish = { hooks: [input.hook], known, does: "try", proof: input.proof } as const;
      const confirmed = isMet ? await confirmHooks(core, wish, context) : noDigests;
      const sample = { request: input.request, isMet, by: context.caller.name, confirmed };
      return await opened(core).hooks.try(input.hook, sample, context.signal);
    }),
    setHooks: os.policy.setHooks.handler(async ({ input, context }) => {
      const known = new Set(
        opened(core)
          .rules.workspaceHooks()
          .map((hook) => JSON.stringify(hook)),
      );
      // One that is kept as it was is for `confirmPrograms`: it must not stand in the way of removing another.
      const hooks = input.hooks.filter((hook) => !known.has(JSON.stringify(hook)));
      await letRun(core, { hooks, known: [], does: "keep", proof: input.proof }, context);
      await opened(core).rules.setHooks(input.hooks, input.seen, context.caller.name);
      return layersOf(core, null);
    }),
    programs: os.policy.programs.handler(async ({ input }) => ({ changed: await changedPrograms(core, input.repositoryId) })),
    confirmPrograms: os.policy.confirmPrograms.handler(async ({ input: { repositoryId, proof }, context }) => {
      const hooks = hooksInForce(core, repositoryId);
      await letRun(core, { hooks, known: hooks, does: "keep", proof }, context);
      return { changed: await changedPrograms(core, repositoryId) };
    }),
    use: os.policy.use.handler(async ({ input, context }) => await opened(core).rules.use(input.repositoryId, context.signal)),
    proposal: os.policy.proposal.handler(async ({ input, context }) => await opened(core).ruleProposal(input.taskId, context.signal)),
    explain: os.policy.explain.handler(({ input }) =>
      decide(input.request, opened(core).rules.of(input.repositoryId), { ...imagined, mode: input.mode, now: core.clock.now() }),
    ),
  });
}

interface ExactFile {
  readonly repositoryId: RepositoryId;
  readonly taskId: TaskId | null;
  /** Null: the branch removes it. */
  readonly sha256: string | null;
}

function fileOf(rules: RuleBook, id: RepositoryId) {
  const file = rules.file(id);
  const broken = rules.brokenFile(id);
  return {
    file:
      file === null
        ? null
        : {
            ...{ content: file.content, sha256: file.sha256, answer: file.answer },
            ...{ rules: file.written.rules, hooks: [...file.written.hooks] },
          },
    broken: broken === null ? null : { content: broken.content, problems: broken.problems.map((each) => ({ ...each })) },
  };
}

/** The text of exactly this file; CONFLICT where it is another by now. */
async function exactContent(core: Core, { repositoryId, taskId, sha256 }: ExactFile, signal: AbortSignal): Promise<string | null> {
  if (taskId === null) {
    const file = opened(core).rules.file(repositoryId);
    if (file?.sha256 !== sha256) throw ruleFileChanged();
    return file.content;
  }
  const proposal = opened(core).board.get(taskId)?.repositoryId === repositoryId ? await opened(core).ruleProposal(taskId, signal) : null;
  if (proposal === null || proposal.sha256 !== sha256) throw ruleFileChanged();
  return proposal.after;
}

/** The hooks that adopting it would let hold. */
async function hooksOf(core: Core, file: ExactFile, signal: AbortSignal) {
  const content = await exactContent(core, file, signal);
  const read = content === null ? null : readRuleFile(content);
  if (read?.ok === false)
    throw new UserError("RULES_MALFORMED", "The rule file cannot be read.", "Correct it; what was in force still is.");
  return read === null || opened(core).rules.answerTo(file.repositoryId, file.sha256 ?? "") === "adopted" ? [] : read.hooks;
}

async function answerFile(
  core: Core,
  { taskId, ...file }: Omit<AheadFile, "taskId"> & { readonly taskId: TaskId | null },
  answer: "adopt" | "refuse",
  by: string,
): Promise<void> {
  const { rules } = opened(core);
  if (taskId !== null) await rules.answerAhead({ ...file, taskId }, answer, by);
  else if (answer === "adopt") await rules.adoptFile(file.repositoryId, file.sha256, by);
  else await rules.refuseFile(file.repositoryId, file.sha256, by);
}

async function* watch(core: Core, signal: AbortSignal) {
  const { rules, permissions, repositorySettings } = opened(core);
  const changes = new Emitter<{ readonly kind: "changed" }>();
  const tell = () => changes.emit({ kind: "changed" });
  using _rules = rules.changed.on(tell);
  using _answers = permissions.rulesChanged.on(tell);
  using _settings = repositorySettings.changed.on(tell);
  yield* liveChannel<{ kind: "snapshot" }, { kind: "changed" }>(changes, () => ({ kind: "snapshot" }), signal);
}

const noDigests: ProgramDigests = new Map();

interface Wish {
  readonly hooks: readonly Hook[];
  /** What the person let run before. */
  readonly known: readonly Hook[];
  readonly does: "keep" | "try" | "adopt";
  readonly proof: Asking["proof"];
}

/** Programs run outside the sandboxes: the page alone cannot let them. Returns what they held when the person was asked. */
async function confirmHooks(core: Core, wish: Wish, { caller, signal }: Pick<GatedContext, "caller" | "signal">): Promise<ProgramDigests> {
  const programs = opened(core).hookPrograms;
  const digests = await programs.digests(wish.hooks);
  const changed = programs.changed(wish.hooks, digests);
  const confirmable = hooksToConfirm(wish.hooks, wish.known, { digests, changed }, wish.does);
  if (confirmable !== null) await core.confirmation.require(confirmable, { by: caller.name, proof: wish.proof }, signal);
  return digests;
}

/** From now on what was confirmed may run, and nothing that its files become. */
async function letRun(core: Core, wish: Wish, context: Pick<GatedContext, "caller" | "signal">): Promise<void> {
  const digests = await confirmHooks(core, wish, context);
  await opened(core).hookPrograms.confirm(digests, context.caller.name);
}

function hooksInForce(core: Core, repositoryId: RepositoryId | null): readonly Hook[] {
  return layersOf(core, repositoryId).flatMap(({ hooks }) => hooks);
}

async function changedPrograms(core: Core, repositoryId: RepositoryId | null): Promise<string[]> {
  const programs = opened(core).hookPrograms;
  const hooks = hooksInForce(core, repositoryId);
  return programs.changed(hooks, await programs.digests(hooks)).map(({ name }) => name);
}

function layersOf(core: Core, repositoryId: RepositoryId | null) {
  return opened(core)
    .rules.of(repositoryId)
    .layers.map(({ layer, source, rules, hooks }) => ({ layer, source, rules, hooks: [...hooks] }));
}
