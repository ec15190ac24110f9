import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRouterClient, type RouterClient } from "@orpc/server";
import type { RepositoryId } from "#shared/contract/ids.ts";
import type { Answer, PermissionRequest, QuestionRequest } from "#shared/contract/permission.ts";
import type { Settings } from "#shared/contract/settings.ts";
import type { NewTask, Task, TimelineEntry } from "#shared/contract/task.ts";
import { composeCore } from "../core/compose.ts";
import type { Core } from "../core/core.ts";
import type { Resolver } from "../core/gateway/dial/resolver.ts";
import type { Clock } from "../core/kernel/clock.ts";
import { LogBook } from "../core/kernel/log-book.ts";
import { createLogger, silentLogger } from "../core/kernel/logger.ts";
import { type CoreRouter, coreRouter } from "../core/rpc/router.ts";
import { runtimeFiles } from "../core/runtime-files.ts";
import { builtScript } from "./built-script.ts";
import { checkoutRoot } from "./checkout-root.ts";
import { quietPorts } from "./test-core.ts";

export const benchPassphrase = "a passphrase for tests";
/** A step list as the practice agent reads it from a prompt. */
export function steps(...list: readonly object[]): string {
  return `Do this:\n\n\`\`\`steps\n${JSON.stringify(list)}\n\`\`\`\n`;
}

/** The real core with one real repository, driven through its procedures as a window does. */
export class TaskBench implements AsyncDisposable {
  readonly folder: string;
  readonly core: Core;
  readonly client: RouterClient<CoreRouter>;
  readonly repository: string;
  readonly repositoryId: RepositoryId;
  /** How long anything is waited for, milliseconds. */
  patienceMs = 60_000;

  private constructor(parts: Pick<TaskBench, "folder" | "core" | "client" | "repository" | "repositoryId">) {
    this.folder = parts.folder;
    this.core = parts.core;
    this.client = parts.client;
    this.repository = parts.repository;
    this.repositoryId = parts.repositoryId;
  }

  /**
   * `folder`: of an earlier bench, opened again with its passphrase. `resolver`, `clock`: in place of the system's.
   * `dataFolder`: on a disk of its own.
   */
  static async open(
    sandbox: Settings["sandbox"],
    settings: Partial<Settings> = {},
    folder?: string,
    resolver?: Resolver,
    more: { readonly clock?: Clock; readonly dataFolder?: string } = {},
  ): Promise<TaskBench> {
    const home = folder ?? mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
    const core = await composeCore({
      ...{ dataFolder: more.dataFolder ?? join(home, "data"), files: await builtFiles(), ports: quietPorts(), logger: logger() },
      ...(resolver === undefined ? {} : { resolver }),
      ...(more.clock === undefined ? {} : { clock: more.clock }),
    });
    const context = { caller: { name: "tester", role: "owner" as const }, gate: core.gate };
    const client = createRouterClient(coreRouter(core), { context });
    const repository = join(home, "repository");
    const input = { passphrase: benchPassphrase };
    if (folder !== undefined) {
      await client.unlock.withPassphrase(input);
      const [known] = await client.repositories.list({});
      if (known === undefined) throw new Error("The bench has no repository.");
      return new TaskBench({ folder: home, core, client, repository, repositoryId: known.id });
    }
    await client.unlock.create(input);
    const baseImage = process.env["GATEHOUSE_TEST_BASE_IMAGE"] ?? "gatehouse-test-base:latest";
    await client.settings.update({ sandbox, baseImage, ...settings });
    const make = "git init -q -b main . && echo one > a.txt && git add . && git -c user.name=P -c user.email=p@p commit -qm first";
    execFileSync("sh", ["-ec", `mkdir "$0" && cd "$0" && ${make}`, repository]);
    const added = await client.repositories.add({ path: repository });
    return new TaskBench({ folder: home, core, client, repository, repositoryId: added.id });
  }

  async create(
    prompt: string,
    title = "A task",
    more: Partial<Pick<NewTask, "mode" | "agentId" | "isUnattended" | "hosts" | "choices">> = {},
  ): Promise<Task> {
    return await this.client.tasks.create({
      title,
      prompt,
      repositoryId: this.repositoryId,
      baseBranch: null,
      agentId: "practice",
      ...more,
    });
  }

  async start(prompt: string, title?: string): Promise<Task> {
    const task = await this.create(prompt, title);
    return await this.client.tasks.start({ id: task.id });
  }

  /** The task once it is in one of these states; fails with where it was once the patience is over. */
  async until({ id }: Pick<Task, "id">, ...wanted: readonly Task["state"]["state"][]): Promise<Task> {
    return await this.untilTask(id, (task) => wanted.includes(task.state.state));
  }

  async untilTask(id: Task["id"], holds: (task: Task) => boolean): Promise<Task> {
    let last: Task | null = null;
    const limit = AbortSignal.timeout(this.patienceMs);
    for await (const event of await this.client.tasks.board({}, { signal: limit })) {
      const tasks = event.kind === "snapshot" ? event.tasks : event.kind === "changed" ? [event.task] : [];
      last = tasks.find((task) => task.id === id) ?? last;
      if (last !== null && holds(last)) return last;
    }
    throw new Error(`The task did not get there: ${JSON.stringify(last?.state)} ${last?.activity ?? ""}`);
  }

  /** The next prompt, of this task where one is named. */
  async prompt(task?: Pick<Task, "id">): Promise<PermissionRequest> {
    return await this.untilPrompt(({ taskId }) => task === undefined || taskId === task.id);
  }

  /** The first pending prompt of which this holds. */
  async untilPrompt(holds: (request: PermissionRequest) => boolean): Promise<PermissionRequest> {
    const limit = AbortSignal.timeout(this.patienceMs);
    for await (const event of await this.client.permissions.watch({}, { signal: limit })) {
      const requests = event.kind === "snapshot" ? event.requests : [event.request];
      for (const request of requests)
        if (request.kind === "permission" && request.status.status === "pending" && holds(request)) return request;
    }
    throw new Error("Nobody was asked.");
  }

  /** The form that a task waits with. */
  async form(task: Pick<Task, "id">): Promise<QuestionRequest> {
    for await (const event of await this.client.permissions.watch({}, { signal: AbortSignal.timeout(this.patienceMs) })) {
      for (const request of event.kind === "snapshot" ? event.requests : [event.request])
        if (request.kind === "question" && request.taskId === task.id && request.status.status === "pending") return request;
    }
    throw new Error("No form came.");
  }

  async answer({ id, nonce }: PermissionRequest, answer: Answer): Promise<void> {
    await this.client.permissions.answer({ id, nonce, answer });
  }

  async timeline({ id }: Pick<Task, "id">): Promise<readonly TimelineEntry[]> {
    for await (const event of await this.client.tasks.timeline({ id })) if (event.kind === "snapshot") return event.entries;
    throw new Error("The timeline has no snapshot.");
  }

  /** Verbs of the audit log, oldest first; of one task where it is named. */
  async verbs(task?: Pick<Task, "id">): Promise<readonly string[]> {
    const { entries } = await this.client.audit.list({ limit: 500, taskId: task?.id ?? null });
    return entries.map(({ verb, phase, outcome }) => `${verb} ${outcome ?? phase}`).reverse();
  }

  git(...argv: readonly string[]): string {
    return execFileSync("git", ["-C", this.repository, ...argv], { encoding: "utf8" }).trim();
  }

  /** Ends core and leaves everything else, for another bench on the same folder. */
  async end(): Promise<void> {
    await this.core[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { opened } = this.core;
    await opened?.tasks.stopAll("the bench");
    for (const task of opened?.board.all() ?? []) await opened?.tasks.remove(task.id, "the bench");
    await opened?.left.idle();
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The runtime files of this checkout with its scripts built from source. */
export async function builtFiles() {
  const [argon2Worker, databaseWorker, practiceAgent, gatePost, mcpBridge, mcpGuard, relay, scriptedModel] = await Promise.all([
    builtScript("electron/core/unlock/argon2-worker.ts"),
    builtScript("electron/core/storage/database-worker.ts"),
    builtScript("electron/core/agents/practice/main.ts"),
    builtScript("electron/core/agents/gate-post/main.ts"),
    builtScript("electron/core/mcp/http-bridge/main.ts"),
    builtScript("electron/core/mcp/pin-guard/main.ts", "along"),
    builtScript("electron/core/gateway/tunnel/relay/main.ts"),
    builtScript("electron/core/agents/scripted-model/main.ts", "along"),
  ]);
  const scripts = { practiceAgent, gatePost, mcpBridge, mcpGuard, relay, scriptedModel };
  return { ...runtimeFiles(checkoutRoot()), argon2Worker, databaseWorker, ...scripts };
}

/** `GATEHOUSE_TEST_LOG=FILE` keeps what core logs. */
function logger() {
  const file = process.env["GATEHOUSE_TEST_LOG"];
  return file === undefined ? silentLogger() : createLogger({ level: "debug", book: new LogBook(file) });
}
