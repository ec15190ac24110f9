import type Docker from "dockerode";
import type { ImageLayer } from "#shared/contract/sandbox.ts";
import * as z from "zod";
import { labels } from "./container.ts";
import { imageNames } from "./disk-use.ts";
import { baseName, type ImageSource } from "./image.ts";

const Inspected = z.object({
  Id: z.string(),
  Size: z.number(),
  Created: z.string(),
  RootFS: z.object({ Layers: z.array(z.string()).default([]) }),
  Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
});

/**
 * Every image that Gatehouse made, with what it takes itself: its size without that of the image it stands on, which is the
 * largest one whose layers it begins with. An image on another base than the one of now is told as old.
 */
export async function imageReport(docker: Docker, source: ImageSource): Promise<readonly ImageLayer[]> {
  const listed = await docker.listImages();
  const named = listed.flatMap(({ RepoTags }) => (RepoTags ?? []).filter((tag) => imageNames.test(tag)));
  const roots = source.baseImage === null ? [] : [source.baseImage];
  const found = await Promise.all(
    [...named, ...roots].map(async (name) => ({ name, ...Inspected.parse(await docker.getImage(name).inspect()) })),
  );
  const root = await baseName(source);
  return found
    .flatMap((image) => {
      const kind = kindOf(image.name);
      if (kind === "root") return [];
      const below = found
        .filter((other) => order[kindOf(other.name)] < order[kindOf(image.name)] && isBelow(other.RootFS.Layers, image.RootFS.Layers))
        .sort((a, b) => b.RootFS.Layers.length - a.RootFS.Layers.length)[0];
      const said = image.Config.Labels ?? {};
      const rootId = said[labels.rootId] ?? "";
      const layer: ImageLayer = {
        name: image.name,
        kind,
        holds: said[labels.holds] ?? "",
        bytes: Math.trunc(image.Size),
        ownBytes: Math.max(0, Math.trunc(image.Size - (below?.Size ?? 0))),
        below: below?.name ?? null,
        madeAt: Math.max(0, Date.parse(image.Created)),
        root: { name: said[labels.root] ?? "", id: rootId },
        isOld: rootId !== "" && typeof source.baseId === "string" && rootId !== source.baseId && said[labels.root] === root,
      };
      return [layer];
    })
    .sort((a, b) => order[a.kind] - order[b.kind] || a.name.localeCompare(b.name));
}

const order: Readonly<Record<ImageLayer["kind"] | "root", number>> = { root: -1, base: 0, tools: 1, agent: 2, servers: 3 };

function isBelow(lower: readonly string[], upper: readonly string[]): boolean {
  return lower.length <= upper.length && lower.every((layer, index) => upper[index] === layer);
}

/** What is no image of Gatehouse's is the root: below all. */
function kindOf(name: string): ImageLayer["kind"] | "root" {
  if (name.startsWith("gatehouse-sandbox:")) return "base";
  if (name.startsWith("gatehouse-tools:")) return "tools";
  if (name.startsWith("gatehouse-servers:")) return "servers";
  return name.startsWith("gatehouse-agent:") ? "agent" : "root";
}
