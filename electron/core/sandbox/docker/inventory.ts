import type Docker from "dockerode";
import * as z from "zod";
import { labels, SandboxLabels } from "./container.ts";

/** A sandbox as the engine knows it. */
export interface InventoryRow {
  readonly id: string;
  readonly taskId: string | null;
  readonly runId: string | null;
  readonly isRunning: boolean;
  readonly createdAt: number;
}

const Volumes = z.object({ Volumes: z.array(z.object({ Labels: z.unknown(), CreatedAt: z.string().optional() })).nullish() });

/**
 * All sandboxes of one install: its containers, and volumes whose container is gone because somebody
 * removed it or Gatehouse was killed between the two.
 */
export async function inventory(docker: Docker, installId: string): Promise<readonly InventoryRow[]> {
  const filters = { label: [`${labels.install}=${installId}`] };
  const [containers, volumes] = await Promise.all([docker.listContainers({ all: true, filters }), docker.listVolumes({ filters })]);
  const rows = containers.flatMap(({ Labels, State, Created }) =>
    row(Labels, installId, State === "running" || State === "paused", Created * 1_000),
  );
  const known = new Set(rows.map(({ id }) => id));
  const orphans = (Volumes.parse(volumes).Volumes ?? []).flatMap(({ Labels, CreatedAt }) =>
    row(Labels, installId, false, CreatedAt === undefined ? 0 : Date.parse(CreatedAt)),
  );
  return [...rows, ...orphans.filter(({ id }) => !known.has(id))];
}

/** Whether these labels are those of this install's sandbox. */
export function isSandboxOf(found: unknown, installId: string, sandboxId: string): boolean {
  const parsed = SandboxLabels.safeParse(found);
  return parsed.success && parsed.data[labels.install] === installId && parsed.data[labels.sandbox] === sandboxId;
}

function row(found: unknown, installId: string, isRunning: boolean, createdAt: number): readonly InventoryRow[] {
  const parsed = SandboxLabels.safeParse(found);
  if (!parsed.success || parsed.data[labels.install] !== installId) return [];
  const { [labels.sandbox]: id, [labels.task]: taskId = null, [labels.run]: runId = null } = parsed.data;
  return [{ id, taskId, runId, isRunning, createdAt: Math.max(0, Math.trunc(createdAt)) }];
}
