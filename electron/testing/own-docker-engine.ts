import { execFileSync, execSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Short: a socket's path has 108 characters at most. */
const place = "/tmp/gatehouse-own-engine-";
const startLimitMs = 30_000;

/**
 * A Docker engine that belongs to a test alone, which may restart it: its own folders and socket, no bridge, no firewall rules.
 * It stands in a network namespace of its own, because a daemon without a bridge takes the machine's away as it starts.
 */
export class OwnDockerEngine implements AsyncDisposable {
  readonly #folder = mkdtempSync(place);
  #daemon: ReturnType<typeof spawn> | null = null;

  private constructor() {}

  /** `images`: copied from the engine of the machine. */
  static async start(images: readonly string[]): Promise<OwnDockerEngine> {
    const engine = new OwnDockerEngine();
    try {
      await engine.start();
      execSync(`docker save ${images.join(" ")} | docker -H ${engine.host} load`, { stdio: "ignore" });
      return engine;
    } catch (error) {
      await engine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** As DOCKER_HOST names it. */
  get host(): string {
    return `unix://${this.#folder}/s`;
  }

  docker(...words: readonly string[]): string {
    return execFileSync("docker", ["-H", this.host, ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  }

  /** `more`: words for `dockerd`. */
  async start(...more: readonly string[]): Promise<void> {
    const folder = (name: string) => join(this.#folder, name);
    const own = ["--data-root", folder("data"), "--exec-root", folder("run"), "--pidfile", folder("pid"), "-H", this.host];
    const network = ["--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"];
    this.#daemon = spawn("unshare", ["--net", "dockerd", ...own, ...network, "--log-level", "error", ...more], { stdio: "ignore" });
    for (const end = performance.now() + startLimitMs; performance.now() < end; await delay(100)) {
      if (this.#daemon.exitCode !== null) break;
      try {
        this.docker("version");
        return;
      } catch {
        // Not yet.
      }
    }
    throw new Error("The test's own dockerd does not answer.");
  }

  /** As `systemctl stop docker` does; containers end with it, unless it was started with `--live-restore`. */
  async stop(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = null;
    if (daemon === null || daemon.exitCode !== null) return;
    const exited = once(daemon, "exit");
    daemon.kill("SIGTERM");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.#daemon === null ? "" : this.docker("ps", "-aq");
    if (left !== "") this.docker("rm", "-f", ...left.split("\n"));
    await this.stop();
    // What outlived its daemon is still mounted.
    const mounts = readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "");
    for (const mount of mounts.filter((path) => path.startsWith(`${this.#folder}/`)).toReversed()) execFileSync("umount", ["-l", mount]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
