import { ORPCError } from "@orpc/client";
import type { AppStatus, LockState } from "#shared/contract/app.ts";
import { RepositoryId } from "#shared/contract/ids.ts";
import type { PermissionEvent, PermissionRequest } from "#shared/contract/permission.ts";
import type { Progress } from "#shared/contract/sandbox.ts";
import { defaultSettings, Settings } from "#shared/contract/settings.ts";
import { type BoardEvent, RunLimits, type Task, type TimelineEvent } from "#shared/contract/task.ts";
import type { Client } from "../rpc/client.ts";
import { docker, fakeRepositories, fakeRequests, fakeTask, fakeTasks, local, newRepositoryId, newRunId } from "./fake-data.ts";
import { fakeAllowlist, fakeEgress } from "./fake-egress.ts";
import { fakeOperations } from "./fake-operations.ts";
import { fakeAudit } from "./fake-audit.ts";
import { fakeAgents } from "./fake-agents.ts";
import { fakeAttempts } from "./fake-attempts.ts";
import { fakeGrants, fakePolicy } from "./fake-policy.ts";
import { fakeRepositorySettings } from "./fake-repository-settings.ts";
import { fakeMcpServers } from "./fake-mcp-servers.ts";
import { fakeUsage } from "./fake-usage.ts";
import { fakeUnlockMethods } from "./fake-unlock.ts";
import { fakeVault } from "./fake-vault.ts";
import { fakeImages } from "./fake-images.ts";
import { fakeOffer } from "./fake-offer.ts";
import { Published, toIterator } from "./published.ts";

export interface FakeOptions {
  readonly lock: LockState["state"];
  readonly isDiskFull?: boolean;
  readonly extraTasks: number;
  readonly theme?: Settings["theme"];
  /** No repositories, tasks or secrets. */
  readonly isEmpty: boolean;
  /** Entries of the audit log. */
  readonly entries?: number;
  /** No engine is ready. */
  readonly isBare: boolean;
}

function failure(code: string, message: string, remedy: string): Error {
  return new ORPCError(code, { defined: true, message, data: { remedy } });
}

const minute = 60_000;

/** Three by two, of one colour. */
const fakePicture = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAEklEQVR4nGNUSH/AAANMcBYDAwAnEgGbWlJ6GAAAAABJRU5ErkJggg==";

/** The contract in memory, for looking at screens without core. Holds no real rule, vault or sandbox. */
export function createFakeClient(options: FakeOptions): Client {
  let lock: LockState =
    options.lock === "unlocked"
      ? { state: "unlocked", since: Date.now() }
      : options.lock === "new"
        ? { state: "new" }
        : { state: "locked", retryAt: null };
  let failures = 0;
  let settings: Settings = { ...defaultSettings, theme: options.theme ?? "system" };
  let isImageBuilt = !options.isBare;
  let repositories = options.isEmpty ? [] : [...fakeRepositories];
  const tasks = new Map<string, Task>((options.isEmpty ? [] : fakeTasks(options.extraTasks)).map((task) => [task.id, task]));
  const requests = new Map<string, PermissionRequest>(fakeRequests([...tasks.values()]).map((request) => [request.id, request]));

  const status = (): AppStatus => ({
    kind: "status",
    version: "0.1.0",
    host: "web",
    platform: "linux",
    canPickFolder: true,
    nextRequestKeys: { keys: "Ctrl+Shift+G", isHeld: false },
    isDiskFull: options.isDiskFull ?? false,
    passkeys: "page",
    lock,
  });
  const statuses = new Published<AppStatus>(status);
  const board = new Published<BoardEvent>(() => ({ kind: "snapshot", tasks: [...tasks.values()] }));
  const asked = new Published<PermissionEvent>(() => ({
    kind: "snapshot",
    requests: [...requests.values()].filter((one) => one.status.status === "pending"),
  }));
  const setLock = (next: LockState) => {
    lock = next;
    statuses.publish(status());
  };
  const put = (task: Task): Task => {
    tasks.set(task.id, task);
    board.publish({ kind: "changed", task });
    return task;
  };
  const taskOf = (id: string): Task => {
    const task = tasks.get(id);
    if (task === undefined) throw failure("NOT_FOUND", "There is no such task.", "Reload the board.");
    return task;
  };
  const timeline = (id: string, signal: AbortSignal | undefined) => {
    const task = taskOf(id);
    const published = new Published<TimelineEvent>(() => ({
      kind: "snapshot",
      entries: [
        { id: "1", at: task.createdAt, kind: "person", text: task.prompt, delivery: "delivered" },
        { id: "2", at: task.createdAt + minute, kind: "message", text: "I am a practice agent and no model. I will run the tests first." },
      ],
    }));
    return published.subscribe(signal);
  };
  async function* steps(lines: readonly string[], done: () => void): AsyncGenerator<Progress, void, void> {
    for (const text of lines) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      yield { kind: "line", text };
    }
    done();
    yield { kind: "done" };
  }
  const progress = (lines: readonly string[], done: () => void) => toIterator(steps(lines, done));

  return {
    attempts: fakeAttempts({ tasks, put, plan: (title) => fakeTask(title, 0, { state: "backlog" }) }),
    ...fakeUsage(),
    mcpServers: fakeMcpServers(),
    app: {
      status: async () => status(),
      watch: async (_, call) => statuses.subscribe(call?.signal),
      stopEverything: async () => {
        setLock({ state: "locked", retryAt: null });
        return { stoppedRuns: 3 };
      },
    },
    unlock: {
      ...fakeUnlockMethods(() => setLock({ state: "unlocked", since: Date.now() })),
      create: async () => {
        setLock({ state: "unlocked", since: Date.now() });
        return {};
      },
      withPassphrase: async ({ passphrase }) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        if (passphrase !== "correct horse") {
          failures += 1;
          if (failures >= 5) {
            setLock({ state: "locked", retryAt: Date.now() + 30_000 });
            throw failure("TOO_MANY_ATTEMPTS", "Too many tries.", "Wait 30 seconds.");
          }
          throw failure(
            "WRONG_PASSPHRASE",
            "That passphrase does not open this vault.",
            `Try ${failures} of 5; after that each try has to wait.`,
          );
        }
        setLock({ state: "unlocked", since: Date.now() });
        return {};
      },
      lock: async () => {
        setLock({ state: "locked", retryAt: null });
        return {};
      },
    },
    agents: fakeAgents(),
    audit: fakeAudit(options.isEmpty ? 0 : (options.entries ?? 18_442)),
    ...fakeOperations,
    egress: {
      watch: async (_, call) => new Published(() => fakeEgress()).subscribe(call?.signal),
      list: async () => ({ rows: [], total: 0 }),
      ...fakeAllowlist(),
      cutOff: () => Promise.reject(failure("CONFLICT", "This run has no way out that could be cut off.", "Start the task first.")),
    },
    permissions: {
      ...fakeGrants,
      answerQuestion: () => Promise.reject(failure("STALE_ANSWER", "It was answered elsewhere.", "Nothing to do.")),
      watch: async (_, call) => asked.subscribe(call?.signal),
      answer: async ({ id, answer }) => {
        const request = requests.get(id);
        if (request === undefined || request.status.status !== "pending")
          throw failure("STALE_ANSWER", "It was answered elsewhere.", "Nothing to do.");
        const next: PermissionRequest = { ...request, status: { status: "answered", answer, at: Date.now(), by: "you" } };
        requests.set(id, next);
        asked.publish({ kind: "changed", request: next });
        const task = taskOf(next.taskId);
        put({ ...task, pendingRequests: task.pendingRequests - 1, activity: "Going on" });
        return next;
      },
    },
    policy: fakePolicy,
    repositorySettings: fakeRepositorySettings(),
    repositories: {
      list: async () => repositories,
      branches: async () => ["main", "develop", "fix/parser", "release/4.x"],
      add: async ({ path }) => {
        if (!path.startsWith("/"))
          throw failure(
            "NOT_A_REPOSITORY",
            "That folder is not a git repository.",
            "Choose the folder that holds .git, or run git init there.",
          );
        const added = {
          id: newRepositoryId(),
          name: path.split("/").at(-1) ?? path,
          path,
          defaultBranch: "main",
          isSample: false,
          addedAt: Date.now(),
        };
        repositories = [...repositories, added];
        return added;
      },
      addSample: async () => {
        const known = repositories.find((one) => one.isSample);
        if (known !== undefined) return known;
        const sample = {
          id: newRepositoryId(),
          name: "till",
          path: "/data/sample/till",
          defaultBranch: "main",
          isSample: true,
          addedAt: Date.now(),
        };
        repositories = [...repositories, sample];
        return sample;
      },
      remove: async ({ id }) => {
        repositories = repositories.filter((one) => one.id !== id);
        return {};
      },
      pickFolder: async () => ({ path: "/home/ada/src/lumen/parser" }),
    },
    sandboxes: {
      images: async () => fakeImages(),
      engines: async () => [
        isImageBuilt
          ? {
              driver: "docker" as const,
              label: "Docker",
              status: { kind: "ready" as const, version: "27.3.1", where: "unix:///var/run/docker.sock" },
            }
          : {
              driver: "docker" as const,
              label: "Docker",
              status: {
                kind: "needs-image" as const,
                version: "27.3.1",
                where: "unix:///var/run/docker.sock",
                remedy: "The sandbox image has not been built on this engine yet. It takes about two minutes, once.",
              },
            },
        options.isBare
          ? {
              driver: "local" as const,
              label: "Local sandbox",
              status: {
                kind: "missing" as const,
                what: "bubblewrap and socat are not installed.",
                remedy: "Install what the local sandbox needs with the system's package manager.",
                canSetUp: true,
              },
            }
          : {
              driver: "local" as const,
              label: "Local sandbox",
              status: { kind: "ready" as const, version: "0.9.0", where: "/usr/bin/bwrap" },
            },
      ],
      list: async () =>
        [...tasks.values()]
          .filter((task) => task.state.state === "running")
          .slice(0, 8)
          .map((task, index) => ({
            id: `sbx-${task.id.slice(2)}`,
            driver: (task.posture ?? docker).driver,
            taskId: task.id,
            runId: null,
            state: "running" as const,
            createdAt: Date.now() - (index + 2) * 7 * minute,
            posture: task.posture ?? docker,
            memoryBytes: 214_000_000 + index * 90_000_000,
            cpuPercent: 12 + index * 17,
            pids: 14 + index,
          })),
      buildImage: async () =>
        progress(
          [
            "Step 1/6 : FROM debian:13-slim",
            "Step 2/6 : RUN apt-get update",
            "Step 3/6 : RUN useradd agent",
            "Step 6/6 : LABEL",
            "Built gatehouse/sandbox:0.1.0",
          ],
          () => {
            isImageBuilt = true;
          },
        ),
      setUpLocal: async () =>
        progress(["apt-get install -y bubblewrap socat ripgrep", "Setting up bubblewrap", "Setting up socat"], () => {}),
    },
    settings: {
      get: async () => settings,
      update: async (changes) => {
        settings = Settings.parse({
          ...settings,
          ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
        });
        return settings;
      },
    },
    tasks: {
      board: async (_, call) => board.subscribe(call?.signal),
      timeline: async ({ id }, call) => timeline(id, call?.signal),
      create: async (input) => {
        const where = repositories.findIndex((one) => one.id === input.repositoryId);
        return put({
          ...fakeTask(input.title, where, { state: "backlog" }),
          prompt: input.prompt,
          repositoryId: RepositoryId.parse(input.repositoryId),
          repositoryName: repositories[where]?.name ?? "?",
        });
      },
      start: async ({ id }) =>
        put({
          ...taskOf(id),
          state: { state: "running", runId: newRunId(), stage: "preparing-sandbox", startedAt: Date.now() },
          activity: "Preparing the sandbox",
          posture: tasks.size % 2 === 0 ? docker : local,
        }),
      cancel: async ({ id }) =>
        put({
          ...taskOf(id),
          state: { state: "stopped", runId: newRunId(), stoppedAt: Date.now(), reason: { kind: "cancelled", by: "you" } },
          activity: null,
          pendingRequests: 0,
        }),
      retry: async ({ id }) => put({ ...taskOf(id), providerFailure: null }),
      message: async () => ({}),
      takeBack: async () => ({}),
      session: async (_, call) => new Published(fakeOffer).subscribe(call?.signal),
      setOption: async () => ({}),
      attach: async () => ({ id: "img-000001", type: "image/png", bytes: 2_048 }),
      image: async () => ({ type: "image/png", data: fakePicture }),
      limits: async () => RunLimits.parse({}),
      setLimits: async ({ id }) => taskOf(id),
      setMode: async ({ id, mode }) => put({ ...taskOf(id), mode }),
      setUnattended: async ({ id, isUnattended }) => put({ ...taskOf(id), isUnattended }),
      rank: async ({ id, rank }) => put({ ...taskOf(id), rank }),
      diff: async () => ({
        base: "a".repeat(40),
        head: "b".repeat(40),
        size: { files: 0, added: 0, removed: 0 },
        files: [],
        baseMoved: false,
        commits: [],
      }),
      accept: async ({ id, branch, head }) =>
        put({ ...taskOf(id), state: { state: "accepted", branch, head, at: Date.now(), diff: { files: 1, added: 1, removed: 1 } } }),
      finish: async () => ({}),
      discard: async ({ id }) => put({ ...taskOf(id), state: { state: "discarded", at: Date.now() } }),
      remove: async ({ id }) => {
        const task = taskOf(id);
        tasks.delete(task.id);
        board.publish({ kind: "removed", id: task.id });
        return {};
      },
    },
    terminals: {
      watch: async (_, call) => new Published(() => ({ kind: "snapshot" as const, terminals: [] })).subscribe(call?.signal),
      attach: () => Promise.reject(failure("NOT_FOUND", "There is no such terminal.", "")),
      acknowledge: async () => ({}),
      openShell: () => Promise.reject(failure("NO_SANDBOX", "No sandbox runs for this task.", "Start the task first.")),
      input: async () => ({}),
      resize: async () => ({}),
      close: async () => ({}),
    },
    vault: fakeVault(options.isEmpty, failure),
  };
}
