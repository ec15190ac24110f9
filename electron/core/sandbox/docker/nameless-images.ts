import type Docker from "dockerode";
import { labels } from "./container.ts";
import { engineStatus } from "./engine-errors.ts";

/** What a build is working on has no name either: only what has been without one for so long is swept up. */
const leftAlone = "1h";

/** Null where the engine has no such image. */
export async function idOf(docker: Docker, name: string): Promise<string | null> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (error) {
    if (engineStatus(error) === 404) return null;
    throw error;
  }
}

/**
 * Removes an image of ours that has no name any more, with what stands below it and serves nothing else: the steps of a
 * build that failed, or what had the name of one that was made anew. One that a sandbox or another image is made
 * from stays. Never throws: it is only in the way.
 */
export async function removeNameless(docker: Docker, id: string | null): Promise<void> {
  if (id === null) return;
  try {
    const { RepoTags, Config } = await docker.getImage(id).inspect();
    if (RepoTags.length > 0 || Config.Labels?.[labels.holds] === undefined) return;
    await docker.getImage(id).remove({ force: false });
  } catch {
    // Gone already, or needed by something: the next sweep looks again.
  }
}

/** Removes images of ours that have been without a name for a while and from which nothing is made. Never throws. */
export async function sweepNameless(docker: Docker): Promise<void> {
  try {
    await docker.pruneImages({ filters: { dangling: ["true"], label: [labels.holds], until: [leftAlone] } });
  } catch {
    // Another client prunes at this moment, or the engine is gone: nothing depends on it.
  }
}
