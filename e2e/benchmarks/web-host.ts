import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import * as z from "zod";
import type { Contract } from "#shared/contract/contract.ts";
import type { TaskId, TerminalId } from "#shared/contract/ids.ts";
import type { Settings } from "#shared/contract/settings.ts";
import { builtScript } from "../../electron/testing/built-script.ts";
import { checkoutRoot } from "../../electron/testing/checkout-root.ts";
import { baseImage, passphrase } from "../person.ts";
import { PageSocket } from "./page-socket.ts";

export type Client = ContractRouterClient<Contract>;

const root = checkoutRoot();

const Reading = z.object({
  loop: z.object({ p50Ms: z.number(), p99Ms: z.number(), maximumMs: z.number() }),
  rssBytes: z.number(),
  heapBytes: z.number(),
  heldBytes: z.number(),
});

/** The built web host in a process of its own, and how long it took to print its launch address. */
export interface Started {
  readonly process: ChildProcess;
  readonly address: string;
  readonly addressMs: number;
}

/** With a `probe`, the process answers messages as `watch-loop.ts` says. */
export async function startWebHost(dataFolder: string, probe: string | null = null): Promise<Started> {
  const begun = performance.now();
  const preload = probe === null ? [] : ["--import", probe];
  const child = spawn(
    process.execPath,
    [...preload, join(root, "out/main/host-web.js"), "--port", "0", "--no-open", "--data", dataFolder],
    {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit", ...(probe === null ? [] : ["ipc" as const])],
    },
  );
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  const address = await new Promise<string>((resolve, reject) => {
    let seen = "";
    child.stdout?.on("data", (chunk) => {
      seen += String(chunk);
      const found = /http:\/\/localhost:\d+\/launch\?token=[\w-]+/.exec(seen);
      if (found !== null) resolve(found[0]);
    });
    child.once("exit", (code) => reject(new Error(`The web host ended with ${code} before it printed its address. It said: ${seen}`)));
  });
  return { process: child, address, addressMs: performance.now() - begun };
}

export async function endWebHost(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const impatience = setTimeout(() => child.kill("SIGKILL"), 30_000);
  await ended;
  clearTimeout(impatience);
}

/** A web host on a fresh data folder, with its vault made, spoken to as its page does. */
export class WebHost implements AsyncDisposable {
  readonly client: Client;
  readonly dataFolder: string;
  /** Of the page, and the cookie that lets a browser in beside this client. */
  readonly origin: string;
  readonly cookie: { readonly name: string; readonly value: string };
  readonly #started: Started;
  readonly #socket: PageSocket;

  private constructor(dataFolder: string, started: Started, session: Pick<WebHost, "origin" | "cookie">, socket: PageSocket) {
    this.dataFolder = dataFolder;
    this.origin = session.origin;
    this.cookie = session.cookie;
    this.#started = started;
    this.#socket = socket;
    this.client = createORPCClient<Client>(new RPCLink({ websocket: socket }));
  }

  /** `known`: the data folder of an earlier one, which has been stopped. */
  static async open(known: string | null = null): Promise<WebHost> {
    const dataFolder = known ?? mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
    const probe = await builtScript("electron/testing/processes/watch-loop.ts");
    const started = await startWebHost(dataFolder, probe);
    const { origin } = new URL(started.address);
    const answer = await fetch(started.address, { redirect: "manual" });
    const [name = "", value = ""] = (answer.headers.get("set-cookie") ?? "").split(";")[0]?.split("=") ?? [];
    const socket = await PageSocket.open(origin, `${name}=${value}`);
    const host = new WebHost(dataFolder, started, { origin, cookie: { name, value } }, socket);
    await (known === null ? host.client.unlock.create({ passphrase }) : host.client.unlock.withPassphrase({ passphrase }));
    return host;
  }

  /** Of the process that runs core. */
  get pid(): number {
    return this.#started.process.pid ?? 0;
  }

  /** Makes the sandbox image where it is not there, and takes the sample repository. */
  async setUp(settings: Partial<Settings> = {}): Promise<void> {
    await setUp(this.client, settings);
  }

  /** A task whose practice agent carries out `steps`. */
  async createTask(...steps: readonly object[]) {
    return await createTask(this.client, ...steps);
  }

  /** From now on, allows once whatever is asked. */
  allowAll(): void {
    void this.#answer().catch(() => {});
  }

  async #answer(): Promise<void> {
    for await (const event of await this.client.permissions.watch({})) {
      for (const { id, nonce, status } of event.kind === "snapshot" ? event.requests : [event.request]) {
        if (status.status === "pending") await this.client.permissions.answer({ id, nonce, answer: "allow-once" });
      }
    }
  }

  /** The next terminal of the task that is not in `known`. */
  async nextTerminal(taskId: TaskId, known: readonly TerminalId[] = []): Promise<TerminalId> {
    for await (const { terminals } of await this.client.terminals.watch({ taskId })) {
      const found = terminals.find(({ id }) => !known.includes(id));
      if (found !== undefined) return found.id;
    }
    throw new Error("The task ended without a terminal.");
  }

  /** What has been since the reading before. `held`: after a collection. */
  async read(what: "read" | "held" = "read"): Promise<z.infer<typeof Reading>> {
    const answer = once(this.#started.process, "message");
    this.#started.process.send(what);
    const [reading] = await answer;
    return Reading.parse(reading);
  }

  /** Ids of this install's Docker containers that run. */
  runningContainers(): readonly string[] {
    return docker("ps", "-q", "--no-trunc", "--filter", this.#label());
  }

  /** Ends the host; its data folder stays. */
  async stop(): Promise<void> {
    this.#socket.close();
    await endWebHost(this.#started.process);
  }

  /** Ends the host and removes all that it has made, the sandbox image excepted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (existsSync(join(this.dataFolder, "install-id"))) {
      const containers = docker("ps", "-aq", "--filter", this.#label());
      if (containers.length > 0) docker("rm", "-f", "-v", ...containers);
      const volumes = docker("volume", "ls", "-q", "--filter", this.#label());
      if (volumes.length > 0) docker("volume", "rm", "-f", ...volumes);
    }
    rmSync(this.dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  #label(): string {
    return `label=dev.gatehouse.install=${readFileSync(join(this.dataFolder, "install-id"), "utf8").trim()}`;
  }
}

/** Makes the sandbox image where it is not there, and takes the sample repository. */
export async function setUp(client: Client, settings: Partial<Settings> = {}): Promise<void> {
  await client.settings.update({ sandbox: "docker", baseImage, ...settings });
  for await (const _progress of await client.sandboxes.buildImage({}));
  await client.repositories.addSample({});
}

/** A task whose practice agent carries out `steps`. */
export async function createTask(client: Client, ...steps: readonly object[]) {
  const [repository] = await client.repositories.list({});
  if (repository === undefined) throw new Error("The sample repository is not there.");
  return await client.tasks.create({
    title: "Measured",
    prompt: `\`\`\`steps\n${JSON.stringify(steps)}\n\`\`\`\n`,
    repositoryId: repository.id,
    baseBranch: null,
    agentId: "practice",
  });
}

export function docker(...parameters: readonly string[]): readonly string[] {
  return execFileSync("docker", parameters, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
    .split("\n")
    .filter((line) => line !== "");
}
