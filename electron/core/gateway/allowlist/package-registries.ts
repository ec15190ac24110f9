import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RegistryPreset } from "#shared/contract/egress.ts";
import { canonicalHost } from "#shared/domain/canonical-host.ts";

type Tool = RegistryPreset["tool"];

export interface RegistryReader {
  /** The person's home. Nothing of a repository is read, so that no agent can write what is offered. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether the tools themselves may be asked for what they use by default. */
  readonly asksTools: boolean;
}

/** Longest file that is read, characters. */
const maximumFile = 1_048_576;
const askLimitMs = 4_000;

/** Where the person's own package managers are set to get packages from: what can be allowed in one click. No host is built in. */
export async function readRegistries(reader: RegistryReader): Promise<readonly RegistryPreset[]> {
  const found = await Promise.all([npm(reader), pip(reader), cargo(reader), go(reader), apt()]);
  return found.filter(({ rules }) => rules.length > 0);
}

async function npm({ home, environment, asksTools }: RegistryReader): Promise<RegistryPreset> {
  const file = environment["NPM_CONFIG_USERCONFIG"] ?? join(home, ".npmrc");
  const set = matches(await read(file), /^\s*(?:@[^:\s]+:)?registry\s*=\s*"?(\S+?)"?\s*$/gm);
  const named = [...set, environment["npm_config_registry"], environment["NPM_CONFIG_REGISTRY"]];
  const asked = asksTools && set.length === 0 ? [await ask("npm", ["config", "get", "registry"], home)] : [];
  return preset("npm", [...named, ...asked], set.length > 0 ? file : "npm config get registry");
}

async function pip({ home, environment }: RegistryReader): Promise<RegistryPreset> {
  const files = [environment["PIP_CONFIG_FILE"] ?? "", join(home, ".config/pip/pip.conf"), join(home, ".pip/pip.conf"), "/etc/pip.conf"];
  const texts = await Promise.all(files.filter((path) => path !== "").map(read));
  const set = texts.flatMap((text) => matches(text, /^\s*(?:index-url|extra-index-url)\s*=\s*(\S+)/gm));
  return preset("pip", [...set, environment["PIP_INDEX_URL"], environment["PIP_EXTRA_INDEX_URL"]], "pip.conf");
}

async function cargo({ home, environment }: RegistryReader): Promise<RegistryPreset> {
  const folder = environment["CARGO_HOME"] ?? join(home, ".cargo");
  const texts = await Promise.all([read(join(folder, "config.toml")), read(join(folder, "config"))]);
  const set = texts.flatMap((text) => matches(text, /^\s*(?:registry|index)\s*=\s*"(?:sparse\+|registry\+)?([^"]+)"/gm));
  return preset("cargo", set, join(folder, "config.toml"));
}

async function go({ home, environment, asksTools }: RegistryReader): Promise<RegistryPreset> {
  const file = matches(await read(join(home, ".config/go/env")), /^GOPROXY=(.*)$/gm);
  const set = environment["GOPROXY"] ?? file[0] ?? (asksTools ? await ask("go", ["env", "GOPROXY"], home) : null);
  return preset("go", (set ?? "").split(/[,|]/), "go env GOPROXY");
}

async function apt(): Promise<RegistryPreset> {
  const folder = "/etc/apt/sources.list.d";
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(["/etc/apt/sources.list", ...names.map((name) => join(folder, name))].map(read));
  const lines = texts.flatMap((text) => matches(text, /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)/gm));
  const blocks = texts.flatMap((text) => matches(text, /^URIs:\s*(.+)$/gm)).flatMap((uris) => uris.split(/\s+/));
  return preset("apt", [...lines, ...blocks], "/etc/apt/sources.list");
}

function preset(tool: Tool, addresses: readonly (string | null | undefined)[], source: string): RegistryPreset {
  const rules = addresses.flatMap((address) => (typeof address === "string" ? ruleOf(address.trim()) : []));
  return { tool, source, rules: [...new Set(rules)].slice(0, 20) };
}

/** A rule that names the host and the port of an address of the web; none for any other. */
function ruleOf(address: string): readonly string[] {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return [];
  }
  const host = canonicalHost(url.hostname);
  if ((url.protocol !== "https:" && url.protocol !== "http:") || !host.ok) return [];
  return [`egress(${host.host}:${url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port)})`];
}

async function read(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.length > maximumFile ? "" : text;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

/** What the person's own tool says, asked in their home, where no repository can answer for it. */
async function ask(program: string, parameters: readonly string[], home: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(program, [...parameters], { cwd: home, timeout: askLimitMs, maxBuffer: 65_536 });
    return stdout.trim();
  } catch {
    return null;
  }
}
