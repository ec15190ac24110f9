import { safe } from "@orpc/client";
import type { RouterClient } from "@orpc/server";
import type { EngineReport } from "#shared/contract/sandbox.ts";
import type { StopReason, Task, TaskDiff } from "#shared/contract/task.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import type { CoreRouter } from "../../core/rpc/router.ts";
import { describeStop } from "../../core/tasks/run/run-stop.ts";
import { exitCodeOf, practiceExitCodes } from "./exit-codes.ts";
import type { PracticeOptions } from "./options.ts";
import type { Person, Say } from "./person.ts";
import { type AnsweredPrompt, PromptDesk } from "./prompt-desk.ts";
import { TimelinePrinter } from "./timeline-printer.ts";
import { unifiedDiff } from "./unified-diff.ts";

export type PracticeClient = RouterClient<CoreRouter>;

/** What `--json` prints: the same facts as the prose. */
export interface PracticeResult {
  readonly exitCode: number;
  /** In one sentence; null where everything held. */
  readonly problem: string | null;
  readonly sandbox: Task["posture"];
  readonly prompts: readonly AnsweredPrompt[];
  readonly stopped: StopReason | null;
  readonly branch: string | null;
  readonly head: string | null;
  readonly diff: TaskDiff["size"] | null;
  readonly audit: { readonly result: "intact" | "tampered"; readonly entries: number } | null;
}

interface Parts {
  readonly client: PracticeClient;
  readonly say: Say;
  readonly person: Person;
  readonly options: PracticeOptions;
}

type Outcome = Pick<PracticeResult, "exitCode" | "problem" | "stopped" | "branch" | "head" | "diff">;

const branch = "gatehouse/practice";

/** The main job, through the same procedures that the window calls. The vault is open. */
export async function practice(parts: Parts, signal: AbortSignal): Promise<PracticeResult> {
  const { client, say } = parts;
  await chooseSandbox(parts, signal);
  const repository = await client.repositories.addSample({}, { signal });
  say(`Repository: ${repository.name} (${repository.path})`);
  const task = await client.tasks.create(
    {
      title: "Mend the failing test",
      prompt: "One test fails. Find out why and mend it.",
      repositoryId: repository.id,
      baseBranch: null,
      agentId: "practice",
    },
    { signal },
  );
  const desk = new PromptDesk(parts);
  const ended = await liveThrough(parts, desk, task, signal);
  const outcome = await outcomeOf(parts, ended, signal);
  const audit = await checkAudit(parts, signal);
  const facts = { sandbox: ended.posture, prompts: desk.answered, audit };
  if (audit.result === "intact") return { ...outcome, ...facts };
  return { ...outcome, ...facts, exitCode: practiceExitCodes.auditNotIntact, problem: "The audit trail is not intact." };
}

/**
 * The best there is. A Docker engine whose sandbox image cannot be made is no sandbox: with
 * `--sandbox best`, and saying so, the local process sandbox is taken in its place.
 */
async function chooseSandbox({ client, say, options }: Parts, signal: AbortSignal): Promise<void> {
  const { baseImage, promptExpirySeconds, sandbox } = options;
  await client.settings.update({ baseImage, promptExpirySeconds, sandbox }, { signal });
  if (options.isUnsafe) return say("!!! --unsafe-local: NO SANDBOX. What the agent runs, it runs as you, on this machine. !!!");
  const engines = await client.sandboxes.engines({}, { signal });
  for (const engine of engines) say(`${engine.label}: ${engineWords(engine)}`);
  const docker = engines.find(({ driver }) => driver === "docker");
  if (sandbox === "local" || docker?.status.kind !== "needs-image") return;
  say("Making the sandbox image, once on this machine:");
  const built = await safe(buildImage(client, say, signal));
  if (built.error === null) return;
  const local = engines.find(({ driver }) => driver === "local");
  if (sandbox === "docker" || local?.status.kind !== "ready") throw built.error;
  say(`Docker cannot be used: ${escapeControls(built.error.message)}`);
  say("You asked for the best sandbox there is: this run uses the LOCAL PROCESS SANDBOX instead ('--sandbox docker' would stop here).");
  await client.settings.update({ sandbox: "local" }, { signal });
}

function engineWords({ status }: EngineReport): string {
  switch (status.kind) {
    case "ready":
      return `${status.version} at ${status.where}`;
    case "needs-image":
      return `${status.version} at ${status.where}, without the sandbox image yet`;
    case "missing":
      return `not usable: ${status.what} ${status.remedy}`;
    default:
      return assertNever(status);
  }
}

async function buildImage(client: PracticeClient, say: Say, signal: AbortSignal): Promise<void> {
  for await (const progress of await client.sandboxes.buildImage({}, { signal })) {
    if (progress.kind === "line") say(`  ${escapeControls(progress.text)}`);
  }
}

/** Starts the task, tells its timeline and answers its prompts until its run has ended. */
async function liveThrough({ client, say }: Parts, desk: PromptDesk, task: Task, signal: AbortSignal): Promise<Task> {
  const watching = new AbortController();
  const watch = AbortSignal.any([signal, watching.signal]);
  const printer = new TimelinePrinter(say);
  const side = [tellTimeline(client, printer, task, watch), desk.serve(watch)];
  try {
    const ended = untilEnded(client, task, watch);
    await client.tasks.start({ id: task.id }, { signal });
    return await Promise.race([ended, ...side.map(async (work) => await work.then(async () => await ended))]);
  } finally {
    watching.abort();
    await Promise.allSettled(side);
    printer.flush();
  }
}

async function untilEnded(client: PracticeClient, { id }: Task, signal: AbortSignal): Promise<Task> {
  for await (const event of await client.tasks.board({}, { signal })) {
    const tasks = event.kind === "snapshot" ? event.tasks : event.kind === "changed" ? [event.task] : [];
    const found = tasks.find((task) => task.id === id && (task.state.state === "review" || task.state.state === "stopped"));
    if (found !== undefined) return found;
  }
  throw new Error("The board was closed before the run had ended.");
}

async function tellTimeline(client: PracticeClient, printer: TimelinePrinter, { id }: Task, signal: AbortSignal): Promise<void> {
  for await (const event of await client.tasks.timeline({ id }, { signal })) {
    for (const entry of event.kind === "snapshot" ? event.entries : [event.entry]) printer.show(entry);
  }
}

async function outcomeOf(parts: Parts, task: Task, signal: AbortSignal): Promise<Outcome> {
  if (task.state.state === "review") return await review(parts, task, signal);
  if (task.state.state !== "stopped") throw new Error(`A run cannot end in ${task.state.state}.`);
  const { reason } = task.state;
  const words = escapeControls(describeStop(reason), { keepLines: true });
  parts.say(`✗ ${words}`);
  if (reason.kind === "failed") parts.say(`  ${escapeControls(reason.remedy)}`);
  return { exitCode: exitCodeOf(reason), problem: words, stopped: reason, branch: null, head: null, diff: null };
}

/** Shows what came back, accepts exactly that, and looks whether the branch is there. */
async function review({ client, say }: Parts, { id, repositoryId }: Task, signal: AbortSignal): Promise<Outcome> {
  const { head, files, size, commits } = await client.tasks.diff({ id }, { signal });
  say(`\nThe work: commits ${commits.length}, files ${size.files}, lines +${size.added} -${size.removed}\n`);
  for (const file of files) say(`${file.sensitive === null ? "" : `! ${file.sensitive}\n`}${unifiedDiff(file)}\n`);
  const nothing = { exitCode: practiceExitCodes.workNotAccepted, stopped: null, branch: null, head: null, diff: size };
  if (files.length === 0) return { ...nothing, problem: "The agent finished without changing anything." };
  const accepted = await client.tasks.accept({ id, head, branch }, { signal });
  const branches = await client.repositories.branches({ id: repositoryId }, { signal });
  if (accepted.state.state !== "accepted" || accepted.state.head !== head || !branches.includes(branch)) {
    return { ...nothing, problem: `The branch ${branch} is not in the repository.` };
  }
  say(`✓ Accepted into the branch ${branch} at ${head}`);
  return { exitCode: practiceExitCodes.held, problem: null, stopped: null, branch, head, diff: size };
}

async function checkAudit({ client, say }: Parts, signal: AbortSignal): Promise<NonNullable<PracticeResult["audit"]>> {
  const { result, entries } = await client.audit.verify({}, { signal });
  say(result === "intact" ? `✓ The audit trail is intact: ${entries} entries` : `✗ The audit trail is not intact after ${entries} entries`);
  return { result, entries };
}
