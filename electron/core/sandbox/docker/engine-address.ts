import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** Where an engine may be listening, and how it was found, in words. */
export type EngineAddress =
  | { readonly kind: "socket"; readonly path: string; readonly found: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: TlsFiles | null; readonly found: string }
  | { readonly kind: "ssh"; readonly target: string; readonly port: number | null; readonly found: string };

export interface TlsFiles {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly verify: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const ConfigFile = z.object({ currentContext: z.string().optional() });
const ContextFile = z.object({
  Name: z.string(),
  Endpoints: z.object({ docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }) }),
});

/**
 * Addresses to try, best first. `DOCKER_HOST` and `DOCKER_CONTEXT` are orders: nothing else is tried
 * beside them. Otherwise the current context comes first, then the sockets that engines usually make.
 */
export function engineAddresses(environment: Environment, home: string): readonly EngineAddress[] {
  const host = environment["DOCKER_HOST"];
  if (host !== undefined && host !== "") return compact([parseHost(host, "DOCKER_HOST", environmentTls(environment))]);
  const config = join(environment["DOCKER_CONFIG"] ?? join(home, ".docker"));
  const ordered = environment["DOCKER_CONTEXT"];
  if (ordered !== undefined && ordered !== "" && ordered !== "default") return compact([readContext(config, ordered)]);
  const current = ordered === undefined ? readCurrentContext(config) : null;
  const named = current === null ? null : readContext(config, current);
  const sockets = socketPaths(environment, home).filter((path) => process.platform === "win32" || existsSync(path));
  return compact([named, ...sockets.map((path) => ({ kind: "socket" as const, path, found: path }))]);
}

/** For people: `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. */
export function addressInWords(address: EngineAddress): string {
  switch (address.kind) {
    case "socket":
      return process.platform === "win32" ? `npipe://${address.path}` : `unix://${address.path}`;
    case "tcp":
      return `tcp://${address.host}:${address.port}${address.tls === null ? "" : " (TLS)"}`;
    default:
      return `ssh://${address.target}${address.port === null ? "" : `:${address.port}`}`;
  }
}

function socketPaths(environment: Environment, home: string): readonly string[] {
  if (process.platform === "win32") return ["//./pipe/docker_engine", "//./pipe/podman-machine-default"];
  const runtime = environment["XDG_RUNTIME_DIR"];
  return [
    "/var/run/docker.sock",
    join(home, ".docker/run/docker.sock"),
    join(home, ".docker/desktop/docker.sock"),
    ...(runtime === undefined ? [] : [join(runtime, "docker.sock")]),
    join(home, ".orbstack/run/docker.sock"),
    join(home, ".colima/default/docker.sock"),
    join(home, ".rd/docker.sock"),
    ...(runtime === undefined ? [] : [join(runtime, "podman/podman.sock")]),
    "/run/podman/podman.sock",
  ];
}

function readCurrentContext(config: string): string | null {
  const name = readJson(join(config, "config.json"), ConfigFile)?.currentContext;
  return name === undefined || name === "" || name === "default" ? null : name;
}

/** A context's folder is the SHA-256 of its name (Docker CLI, `cli/context/store`). */
function readContext(config: string, name: string): EngineAddress | null {
  const folder = createHash("sha256").update(name).digest("hex");
  const context = readJson(join(config, "contexts/meta", folder, "meta.json"), ContextFile);
  if (context === null) return null;
  const tlsFolder = join(config, "contexts/tls", folder, "docker");
  const verify = context.Endpoints.docker.SkipTLSVerify !== true;
  const tls = existsSync(tlsFolder) ? tlsFiles(tlsFolder, verify) : null;
  return parseHost(context.Endpoints.docker.Host, `Docker context '${name}'`, tls);
}

function environmentTls(environment: Environment): TlsFiles | null {
  const folder = environment["DOCKER_CERT_PATH"];
  const verify = (environment["DOCKER_TLS_VERIFY"] ?? "") !== "";
  if (folder !== undefined && folder !== "") return tlsFiles(folder, verify);
  return verify ? { ca: null, cert: null, key: null, verify } : null;
}

function tlsFiles(folder: string, verify: boolean): TlsFiles {
  const at = (name: string) => (existsSync(join(folder, name)) ? join(folder, name) : null);
  return { ca: at("ca.pem"), cert: at("cert.pem"), key: at("key.pem"), verify };
}

function parseHost(text: string, found: string, tls: TlsFiles | null): EngineAddress | null {
  for (const scheme of ["unix://", "npipe://"]) {
    if (text.startsWith(scheme)) return { kind: "socket", path: text.slice(scheme.length), found };
  }
  if (!text.includes("://")) return parseHost(`tcp://${text}`, found, tls);
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const port = url.port === "" ? null : Number(url.port);
  if (url.protocol === "ssh:") {
    const target = url.username === "" ? url.hostname : `${decodeURIComponent(url.username)}@${url.hostname}`;
    return target.startsWith("-") ? null : { kind: "ssh", target, port, found };
  }
  if (!["tcp:", "http:", "https:"].includes(url.protocol)) return null;
  const secured = tls ?? (url.protocol === "https:" ? { ca: null, cert: null, key: null, verify: true } : null);
  return { kind: "tcp", host: url.hostname, port: port ?? (secured === null ? 2375 : 2376), tls: secured, found };
}

function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

function compact<T>(values: readonly (T | null)[]): readonly T[] {
  return values.filter((value) => value !== null);
}
