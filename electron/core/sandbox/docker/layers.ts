import { createHash } from "node:crypto";
import type Docker from "dockerode";
import type { PackageFolder, Software } from "../driver.ts";
import { cancelled } from "../cancelled.ts";
import { asUserError } from "./engine-errors.ts";
import { baseName, buildImage, isFresh, type ImageSource, imageName, toolsImageName } from "./image.ts";
import { labels, packagesPath, serversPath } from "./container.ts";
import { idOf, removeNameless, sweepNameless } from "./nameless-images.ts";
import { packFolder } from "./pack-folder.ts";

/** One image of the chain base → tools → agent; each is made on the one before it, and found again by its name. */
export interface Layer {
  /** Says all that went into it: the same content has the same name. */
  readonly name: string;
  /** In words, for the progress. */
  readonly what: string;
  make(docker: Docker, onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
}

/** The chain for this software; the last one is what a sandbox is made from. */
export async function layersOf(source: ImageSource, software: Software): Promise<readonly [Layer, ...Layer[]]> {
  const root = { [labels.root]: (await baseName(source)) ?? "", [labels.rootId]: source.baseId ?? "" };
  const base: Layer = {
    name: await imageName(source),
    what: "the base of the sandbox",
    make: (docker, onLine, signal) =>
      buildImage(
        docker,
        { source, name: base.name, dockerfile: "Dockerfile", build: null, labels: { ...root, [labels.holds]: "git, Node, bash" } },
        onLine,
        signal,
      ),
  };
  const layers: [Layer, ...Layer[]] = [base];
  const tools = [...software.tools].sort();
  if (tools.length > 0) {
    const name = await toolsImageName(source, base.name, tools);
    const build = { BASE: base.name, TOOLS: tools.join(" ") };
    const make: Layer["make"] = (docker, onLine, signal) =>
      buildImage(
        docker,
        { source, name, dockerfile: "Dockerfile.tools", build, labels: { ...root, [labels.holds]: `tools for ${tools.join(", ")}` } },
        onLine,
        signal,
      );
    layers.push({ name, what: `tools for ${tools.join(", ")}`, make });
  }
  const { packages } = software;
  if (packages !== null) {
    const below = nameOf(layers);
    const name = `gatehouse-agent:${createHash("sha256").update(`${below}\0${packages.hash}`).digest("hex").slice(0, 16)}`;
    layers.push({
      name,
      what: "the agent",
      make: (docker, onLine, signal) => {
        const holds = { [labels.holds]: `the agent ${ownerOf(packages)}` };
        return addFolders(
          docker,
          { name, below, folders: [{ ...packages, to: packagesPath }], labels: { ...root, ...holds } },
          onLine,
          signal,
        );
      },
    });
  }
  const servers = [...(software.servers ?? [])].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  if (servers.length > 0) layers.push(serversLayer(nameOf(layers), servers, root));
  return layers;
}

function serversLayer(below: string, servers: readonly PackageFolder[], root: Readonly<Record<string, string>>): Layer {
  const hashes = servers.map(({ hash }) => hash);
  const name = `gatehouse-servers:${createHash("sha256")
    .update([below, ...hashes].join("\0"))
    .digest("hex")
    .slice(0, 16)}`;
  const what = `MCP servers (${servers.map(ownerOf).join(", ")})`;
  const said = { ...root, [labels.holds]: what, [labels.servers]: hashes.join(" ") };
  const folders = servers.map((folder) => ({ ...folder, to: `${serversPath}/${folder.hash}` }));
  return { name, what, make: (docker, onLine, signal) => addFolders(docker, { name, below, folders, labels: said }, onLine, signal) };
}

/** Folders of packages are named after whom they are for and their content. */
function ownerOf({ folder, hash }: PackageFolder): string {
  return (folder.split(/[/\\]/u).at(-1) ?? "").replace(`-${hash}`, "");
}

/** Name of the image that a sandbox is made from. */
export function nameOf(layers: readonly Layer[]): string {
  return layers.at(-1)?.name ?? "";
}

/** Makes the layers that are missing, from below; one that is there stands for all below it. */
export async function makeLayers(
  docker: Docker,
  layers: readonly Layer[],
  source: ImageSource,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (await isFresh(docker, nameOf(layers), source)) return;
  for (const layer of layers) {
    if (await isFresh(docker, layer.name, source)) continue;
    onLine(`Making ${layer.what}`);
    await layer.make(docker, onLine, signal);
  }
  await sweepNameless(docker);
}

/** What the engine has under this name, by content. Throws as the engine does where there is none. */
export async function imageId(docker: Docker, name: string): Promise<string> {
  return (await docker.getImage(name).inspect()).Id;
}

/**
 * Packages as a layer: their folder is streamed into a container that never runs, which is then kept as an
 * image. It needs no builder, no network, and no folder that the engine's machine shares with this one.
 */
async function addFolders(
  docker: Docker,
  layer: {
    readonly name: string;
    readonly below: string;
    readonly folders: readonly (PackageFolder & { readonly to: string })[];
    readonly labels: Readonly<Record<string, string>>;
  },
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const doing = "adding packages to the sandbox image";
  if (signal?.aborted) throw cancelled(doing);
  let replaced: string | null = null;
  try {
    const base = await imageId(docker, layer.below);
    const container = await docker.createContainer({
      Image: base,
      Cmd: ["sleep", "infinity"],
      Labels: { ...layer.labels, [labels.base]: base },
      HostConfig: { NetworkMode: "none" },
    });
    try {
      for (const { folder, to } of layer.folders) {
        const archive = packFolder(folder, to, (megabytes) => onLine(`Copied ${megabytes} MB`), signal);
        await container.putArchive(archive, { path: "/" });
      }
      if (signal?.aborted) throw cancelled(doing);
      const [repo, tag] = layer.name.split(":");
      const before = await idOf(docker, layer.name);
      await container.commit({ repo, tag });
      replaced = before;
    } finally {
      await container.remove({ force: true, v: true });
    }
    await removeNameless(docker, replaced);
  } catch (error) {
    if (signal?.aborted) throw cancelled(doing);
    throw asUserError(error, doing);
  }
}
