import type Docker from "dockerode";
import * as z from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { EngineDisk } from "../driver.ts";
import { labels, SandboxLabels } from "./container.ts";
import { engineWords } from "./engine-errors.ts";

/** An image that no container uses is still wanted so soon after it was made, milliseconds. */
const youngMs = 30 * 86_400_000;

/** What `GET /system/df` says, as far as it is read (Docker Engine API 1.41 and later). */
const SystemDf = z.object({
  Images: z
    .array(
      z.object({
        Id: z.string(),
        RepoTags: z.array(z.string()).nullish(),
        Size: z.number(),
        Created: z.number(),
        Containers: z.number().default(-1),
      }),
    )
    .nullish(),
  Volumes: z.array(z.object({ Labels: z.unknown(), UsageData: z.object({ Size: z.number() }).nullish() })).nullish(),
  BuildCache: z.array(z.object({ Size: z.number().default(0), InUse: z.boolean().optional(), Shared: z.boolean().optional() })).nullish(),
});

/** The volumes of this install, and the images that Gatehouse makes, whichever install made them. `current` is always in use. */
export async function diskUseOf(
  docker: Docker,
  installId: string,
  current: string,
  clock: Clock,
  signal?: AbortSignal,
): Promise<EngineDisk> {
  const [found, containers] = await Promise.all([systemDf(docker, clock, signal), docker.listContainers({ all: true })]);
  const now = clock.now();
  const usedIds = new Set(containers.map(({ ImageID }) => ImageID));
  const sandboxes = new Map<string, number | null>();
  for (const { Labels, UsageData } of found.Volumes ?? []) {
    const own = SandboxLabels.safeParse(Labels).data;
    if (own === undefined || own[labels.install] !== installId) continue;
    const size = UsageData?.Size ?? -1;
    sandboxes.set(own[labels.sandbox], size < 0 ? null : Math.trunc(size));
  }
  const images = (found.Images ?? []).flatMap(({ Id, RepoTags, Size, Created }) => {
    const name = (RepoTags ?? []).find((tag) => imageNames.test(tag));
    if (name === undefined) return [];
    return [{ name, bytes: Math.trunc(Size), isUsed: name === current || usedIds.has(Id) || Created * 1_000 > now - youngMs }];
  });
  const cacheBytes = (found.BuildCache ?? []).reduce((sum, { Size }) => sum + Size, 0);
  return { sandboxes, images, cacheBytes: Math.trunc(cacheBytes) };
}

/** How often an engine that measures for somebody else is asked again, and how long after, milliseconds. */
const measuringRetries = 40;
const measuringRetryMs = 250;

/** Docker measures for one client at a time and refuses the others (moby, `daemon/disk_usage.go`, up to 20.10). */
async function systemDf(docker: Docker, clock: Clock, signal: AbortSignal | undefined): Promise<z.infer<typeof SystemDf>> {
  for (let retries = 0; ; retries += 1) {
    try {
      return SystemDf.parse(await docker.df());
    } catch (error) {
      if (retries === measuringRetries || !engineWords(error).includes("already running")) throw error;
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => clock.after(measuringRetryMs, resolve));
    }
  }
}

/** Names that only Gatehouse gives: `gatehouse-sandbox:0123456789abcdef`. */
export const imageNames = /^gatehouse-(sandbox|tools|agent|servers):[0-9a-f]{16}$/;
