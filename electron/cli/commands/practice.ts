import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { createRouterClient } from "@orpc/server";
import * as z from "zod";
import { escapeControls } from "#shared/domain/escape-controls.ts";
import { composeCore } from "../../core/compose.ts";
import type { Core } from "../../core/core.ts";
import { UserError } from "../../core/kernel/errors.ts";
import { LogBook } from "../../core/kernel/log-book.ts";
import { createLogger } from "../../core/kernel/logger.ts";
import type { HostPorts } from "../../core/ports.ts";
import { coreRouter } from "../../core/rpc/router.ts";
import { runtimeFiles } from "../../core/runtime-files.ts";
import { appRoot } from "../app-root.ts";
import type { Command } from "../command.ts";
import { isAboutSandboxes, practiceExitCodes } from "../practice/exit-codes.ts";
import { type PracticeOptions, readPracticeOptions } from "../practice/options.ts";
import { Person, type Say } from "../practice/person.ts";
import { setUpLocalSandbox } from "../practice/set-up.ts";
import { practice as runPractice, type PracticeResult } from "../practice/practice-run.ts";

const help = `
Usage: gatehouse practice [options]

Does the main job once, in this terminal: a new vault, the sample repository, the practice agent
(a fixed program, no model, no key, no network) in the best sandbox there is. You answer its
prompts; then the diff, the accepted branch, and the verified audit trail.

Options:
  --answers LIST      answer prompts in this order: allow, run (for this run) or deny, with commas;
                      after the last one the terminal is asked, and without a terminal the answer is
                      deny (with --yes: allow once)
  --sandbox WHICH     docker, local, or best (default): Docker, else the local process sandbox
  --base-image NAME   build the sandbox image on this image (with git and Node 20 or newer)
  --unsafe-local      NO SANDBOX: the agent's commands run as you. Only to look around
  --expiry SECONDS    how long a prompt waits for its answer (default 600)
  --data DIR          keep the data in this new folder
  --keep              keep the temporary data folder, and print its passphrase
  --setup             first install the system packages that the local sandbox needs
  --yes               with --setup: do not ask; and where there is no terminal, allow each prompt once
  --json              print one JSON object at the end; the prose goes to standard error
  --help              this text

Exit codes:
  0    the whole job held: run, prompts, diff, branch, audit trail
  1    something else failed
  2    the run failed; the stage is named
  3    the run stopped because a prompt was denied
  4    the run stopped because a prompt was not answered in time
  5    the run stopped for another reason
  6    the work could not be accepted into the branch
  7    the audit trail is not intact
  64   the command was not understood
  69   there is no sandbox to run in; it says what to install
  130  interrupted
`;

export const practice: Command = { summary: "do the main job once, in this terminal, with the practice agent", help, run };

async function run(words: readonly string[]): Promise<number> {
  const options = readPracticeOptions(words);
  if ("problem" in options) {
    process.stderr.write(`gatehouse practice: ${options.problem}\n'gatehouse practice --help' lists the options.\n`);
    return practiceExitCodes.usage;
  }
  const out = options.isJson ? process.stderr : process.stdout;
  const say: Say = (text) => void out.write(`${text}\n`);
  if (options.setsUp && !(await setUpLocalSandbox(options.isYes))) return practiceExitCodes.noSandbox;
  const result = await attempt(options, say);
  if (result.problem !== null && result.stopped === null) say(`✗ ${result.problem}`);
  if (options.isJson) process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.exitCode;
}

async function attempt(options: PracticeOptions, say: Say): Promise<PracticeResult> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await inFolder(options, say, interrupt.signal);
  } catch (error) {
    return failed(error, interrupt.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

async function inFolder(options: PracticeOptions, say: Say, signal: AbortSignal): Promise<PracticeResult> {
  const folder = options.dataFolder === null ? await mkdtemp(join(tmpdir(), "gatehouse-practice-")) : resolve(options.dataFolder);
  try {
    return await withCore(folder, options, say, signal);
  } finally {
    if (options.keepsData) say(`The data folder is kept: ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

async function withCore(folder: string, options: PracticeOptions, say: Say, signal: AbortSignal): Promise<PracticeResult> {
  const logBook = new LogBook(join(folder, "logs/gatehouse.log"));
  const logger = createLogger({ level: "info", book: logBook });
  const core = await composeCore({
    dataFolder: folder,
    files: runtimeFiles(appRoot()),
    ports: terminalPorts,
    logger,
    logBook,
    unsafeLocal: options.isUnsafe,
  });
  try {
    const context = { caller: { name: userInfo().username, role: "owner" as const }, gate: core.gate };
    const client = createRouterClient(coreRouter(core), { context });
    const passphrase = randomBytes(24).toString("base64url");
    await client.unlock.create({ passphrase }, { signal });
    if (options.keepsData) say(`The vault of this folder opens with the passphrase ${passphrase}`);
    using person = new Person(say, options.answers, options.isYes, process.stdin);
    return await runPractice({ client, say, person, options }, signal);
  } finally {
    if (!options.keepsData) await removeTasks(core);
    await core[Symbol.asyncDispose]();
  }
}

/** With a temporary folder goes everything that engines hold for it. */
async function removeTasks({ opened }: Core): Promise<void> {
  if (opened === null) return;
  const by = userInfo().username;
  await opened.tasks.stopAll(by);
  for (const task of opened.board.all()) await opened.tasks.remove(task.id, by);
}

function failed(error: unknown, signal: AbortSignal): PracticeResult {
  const nothing = { sandbox: null, prompts: [], stopped: null, branch: null, head: null, diff: null, audit: null };
  if (signal.aborted) return { ...nothing, exitCode: practiceExitCodes.interrupted, problem: "Interrupted." };
  const parsed = Declared.safeParse(error instanceof UserError ? { code: error.code, data: error } : error);
  const declared = parsed.success ? parsed.data : { code: "INTERNAL", data: { remedy: "" } };
  const exitCode = isAboutSandboxes(declared.code) ? practiceExitCodes.noSandbox : practiceExitCodes.failed;
  const message = error instanceof Error ? error.message : String(error);
  return { ...nothing, exitCode, problem: escapeControls(`${message} ${declared.data.remedy}`.trim(), { keepLines: true }) };
}

/** What a procedure's error carries, and what a `UserError` does. */
const Declared = z.object({ code: z.string(), data: z.object({ remedy: z.string() }) });

const terminalPorts: HostPorts = {
  host: "cli",
  notifier: { notify: () => {}, withdraw: () => {} },
  dialogs: { canPickFolder: false, pickFolder: async () => null, pickNewFile: async () => null, confirm: null },
  openExternal: {
    open: async () => {
      throw new UserError("FORBIDDEN", "The command line opens no addresses.", "Copy the address into your browser.");
    },
  },
  power: { onSuspendOrScreenLock: () => ({ [Symbol.dispose]: () => {} }) },
  // Its vault is thrown away: nothing of it goes into the person's keychain.
  keychain: null,
};
