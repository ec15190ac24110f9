import type Docker from "dockerode";
import * as z from "zod";
import type { RunLimits } from "#shared/contract/task.ts";
import type { SandboxSpec } from "../driver.ts";
import { gitSettings } from "../git-settings.ts";

/** Labels of everything a driver makes. Without the install's own, a container is not ours. */
export const labels = {
  install: "dev.gatehouse.install",
  sandbox: "dev.gatehouse.sandbox",
  task: "dev.gatehouse.task",
  run: "dev.gatehouse.run",
  /** Of an image: the one it was made on, by its id. */
  base: "dev.gatehouse.base",
  /** Of an image: the one that a person named for all of them, and its id then. */
  root: "dev.gatehouse.root",
  rootId: "dev.gatehouse.root-id",
  /** Of an image: what was put on the one below it. */
  holds: "dev.gatehouse.holds",
  /** Hashes of the folders below {@link serversPath}, with spaces between; a container has it from its image. */
  servers: "dev.gatehouse.servers",
} as const;

/** What a container's labels say about the sandbox it is. */
export const SandboxLabels = z.object({
  [labels.install]: z.string(),
  [labels.sandbox]: z.string(),
  [labels.task]: z.string().optional(),
  [labels.run]: z.string().optional(),
});

export const workspacePath = "/workspace";
export const homePath = "/workspace/home";
/** Where an image holds an agent's packages; root's, like all of the image. */
export const packagesPath = "/opt/gatehouse/packages";
/** Where it holds those of servers, each below its hash. */
export const serversPath = "/opt/gatehouse/servers";
/** The user and group that everything in a sandbox runs as. */
export const sandboxUser = "1000:1000";

/** Name of the container and of its volume. */
export function containerName(installId: string, sandboxId: string): string {
  return `gatehouse-${installId}-${sandboxId}`;
}

/** All that a process in a sandbox finds in its environment, besides what its exec adds. */
export const fixedEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: homePath,
  USER: "agent",
  LOGNAME: "agent",
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  TMPDIR: "/tmp",
  ...gitSettings,
};

/**
 * The posture of the design, as the engine takes it: no network, uid 1000, read-only root, no
 * capabilities, no new privileges, the engine's default seccomp filter (by not naming another),
 * limits on memory (swap included), CPU and processes, an init that reaps, and one volume.
 */
export function containerOptions(installId: string, image: string, spec: SandboxSpec): Docker.ContainerCreateOptions {
  const name = containerName(installId, spec.id);
  const labelled = {
    [labels.install]: installId,
    [labels.sandbox]: spec.id,
    [labels.task]: spec.taskId,
    [labels.run]: spec.runId,
  };
  const memory = spec.limits.memoryMiB * 1024 * 1024;
  return {
    name,
    Image: image,
    Cmd: ["sleep", "infinity"],
    Entrypoint: [],
    Hostname: "sandbox",
    User: sandboxUser,
    WorkingDir: workspacePath,
    Env: Object.entries(fixedEnvironment).map(([key, value]) => `${key}=${value}`),
    Labels: labelled,
    NetworkDisabled: true,
    HostConfig: {
      NetworkMode: "none",
      Privileged: false,
      ReadonlyRootfs: true,
      CapAdd: [],
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      IpcMode: "private",
      ...limitOptions(spec.limits),
      Ulimits: [{ Name: "core", Soft: 0, Hard: 0 }],
      Init: true,
      Tmpfs: { "/tmp": `rw,exec,nosuid,nodev,mode=1777,size=${Math.floor(memory / 2)}` },
      Mounts: [
        {
          Type: "volume",
          Source: name,
          Target: workspacePath,
          VolumeOptions: { NoCopy: false, Labels: labelled, DriverConfig: { Name: "local", Options: {} } },
        },
      ],
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "no" },
    },
  };
}

/** The limits of a run as the engine takes them, for a container that is made and for one that is there. */
export function limitOptions(limits: RunLimits): Required<Pick<Docker.HostConfig, "Memory" | "MemorySwap" | "NanoCpus" | "PidsLimit">> {
  const memory = limits.memoryMiB * 1024 * 1024;
  return { Memory: memory, MemorySwap: memory, NanoCpus: limits.cpuPercent * 10_000_000, PidsLimit: limits.pids };
}
