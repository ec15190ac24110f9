import { execFileSync } from "node:child_process";
import { onTestFinished } from "vitest";
import type { HandedIn, HandOver } from "../core/repositories/hand-over.ts";
import { createHandOver } from "../core/repositories/git-hand-over.ts";
import type { Sandbox } from "../core/sandbox/driver.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const fixtureTask = "t-test000001";

/** A person's git: their identity, none of the settings of the computer that the tests run on. */
const environment = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Person",
  GIT_AUTHOR_EMAIL: "person@example.invalid",
  GIT_COMMITTER_NAME: "Person",
  GIT_COMMITTER_EMAIL: "person@example.invalid",
  GIT_ALLOW_PROTOCOL: "file",
};

/** Runs a shell script of a person in a folder and gives what it printed. */
export function sh(folder: string, script: string): string {
  return execFileSync("sh", ["-ec", script], { cwd: folder, env: environment, encoding: "utf8", maxBuffer: 1 << 28, stdio: "pipe" }).trim();
}

/** A fresh repository with one commit on `main`, holding `a.txt`. */
export function repositoryFixture(options = ""): string {
  const folder = temporaryFolder();
  sh(folder, `git init --quiet --initial-branch=main ${options} . && echo one > a.txt && git add . && git commit --quiet --message=first`);
  return folder;
}

/** A repository whose code stands in a sandbox, and the way back. */
export class Errand {
  readonly host: string;
  readonly sandbox: Sandbox;
  readonly handOver: HandOver;
  readonly signal = new AbortController().signal;
  handedIn: HandedIn = { worktree: "", branch: "", base: "" };

  private constructor(host: string, sandbox: Sandbox, handOver: HandOver) {
    this.host = host;
    this.sandbox = sandbox;
    this.handOver = handOver;
  }

  static async begin(
    host = repositoryFixture(),
    options: { readonly maximumBytes?: number; readonly baseBranch?: string } = {},
  ): Promise<Errand> {
    const sandbox = new ProcessSandbox(temporaryFolder());
    onTestFinished(async () => await sandbox.stop());
    const errand = new Errand(host, sandbox, createHandOver(options));
    await errand.handIn(options.baseBranch ?? "main", null);
    return errand;
  }

  async handIn(baseBranch: string, continueFrom: string | null): Promise<void> {
    const { sandbox, host: repositoryPath } = this;
    this.handedIn = await this.handOver.handIn({ sandbox, repositoryPath, baseBranch, taskId: fixtureTask, continueFrom }, this.signal);
  }

  /** Runs a script as the agent, in its work tree. */
  agent(script: string): string {
    return execFileSync("sh", ["-ec", script], {
      cwd: this.handedIn.worktree,
      env: { PATH: process.env["PATH"], HOME: this.sandbox.home, GIT_CONFIG_NOSYSTEM: "1" },
      encoding: "utf8",
      stdio: "pipe",
    }).trim();
  }

  async handOut(): Promise<string> {
    const { sandbox, host: repositoryPath, handedIn } = this;
    return (await this.handOver.handOut({ sandbox, repositoryPath, handedIn, taskId: fixtureTask }, this.signal)).head;
  }

  async diff(head: string) {
    return await this.handOver.diff({ repositoryPath: this.host, base: this.handedIn.base, head, baseBranch: "main" });
  }

  async accept(head: string, branch: string): Promise<void> {
    await this.handOver.accept({ repositoryPath: this.host, taskId: fixtureTask, head, branch });
  }
}
