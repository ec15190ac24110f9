import { readFileSync } from "node:fs";
import type Docker from "dockerode";
import { UserError } from "../../kernel/errors.ts";
import { addressInWords, type EngineAddress } from "./engine-address.ts";
import { cancelled } from "../cancelled.ts";
import { engineWords } from "./engine-errors.ts";

/** How long an engine may take to say its version, milliseconds. */
const answerTimeoutMs = 5_000;

/** An engine that answered. */
export interface Engine {
  readonly docker: Docker;
  readonly address: EngineAddress;
  readonly name: "Docker" | "Podman";
  readonly version: string;
  /** Of the machine that its containers run on. */
  readonly arch: "x64" | "arm64";
}

/**
 * The first of the addresses where an engine answers. ENGINE_UNREACHABLE otherwise, with what each
 * address said.
 */
export async function connectFirst(addresses: readonly EngineAddress[], signal?: AbortSignal): Promise<Engine> {
  const refusals: string[] = [];
  for (const address of addresses) {
    if (signal?.aborted) throw cancelled("looking for a Docker engine");
    try {
      return await connect(address);
    } catch (error) {
      refusals.push(`${addressInWords(address)} (${address.found}): ${engineWords(error)}`);
    }
  }
  if (signal?.aborted) throw cancelled("looking for a Docker engine");
  throw new UserError(
    "ENGINE_UNREACHABLE",
    refusals.length === 0 ? "No Docker engine was found on this machine." : `No Docker engine answered. ${refusals.join("; ")}`,
    refusals.some((refusal) => refusal.includes("EACCES"))
      ? "An engine is running but this user may not speak to it: add the user to the 'docker' group, or use rootless Docker."
      : "Start Docker or Podman, or install one; 'sudo apt-get install docker.io' does on Debian.",
  );
}

async function connect(address: EngineAddress): Promise<Engine> {
  const docker = await dockerClient(address);
  const version = await withinMs(docker.version(), answerTimeoutMs);
  const podman = version.Components?.some(({ Name }) => Name.startsWith("Podman"));
  return {
    docker,
    address,
    name: podman ? "Podman" : "Docker",
    version: version.Version,
    arch: version.Arch === "arm64" ? "arm64" : "x64",
  };
}

/** A client for one address. dockerode is loaded on first use; its own reading of the environment is overridden. */
async function dockerClient(address: EngineAddress): Promise<Docker> {
  const { default: Client } = await import("dockerode");
  switch (address.kind) {
    case "socket":
      return new Client({ ...noDefaults, socketPath: address.path });
    case "tcp": {
      const { host, port, tls } = address;
      if (tls === null) return new Client({ ...noDefaults, host, port, protocol: "http" });
      const { Agent } = await import("node:https");
      const files = { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) };
      const options = {
        ...noDefaults,
        ...files,
        host,
        port,
        protocol: "https" as const,
        agent: new Agent({ rejectUnauthorized: tls.verify }),
      };
      return new Client(options);
    }
    default: {
      const { sshAgent } = await import("./ssh-agent.ts");
      const options = { ...noDefaults, host: "docker.invalid", port: 80, protocol: "http" as const, agent: sshAgent(address) };
      return new Client(options);
    }
  }
}

function read(path: string | null): Buffer | undefined {
  return path === null ? undefined : readFileSync(path);
}

/** docker-modem fills every absent option from the process's environment; these take its place. */
const noDefaults = {
  host: undefined,
  port: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
  protocol: "http" as const,
};

async function withinMs<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
