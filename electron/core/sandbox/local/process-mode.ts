import type { EngineReport } from "#shared/contract/sandbox.ts";
import type { PostureBadge, RunLimits } from "#shared/contract/task.ts";
import type { Posture } from "../driver.ts";
import type { ControlGroup } from "./control-group.ts";
import type { SandboxFolders, SandboxRecord } from "./folders.ts";
import type { Owner } from "./process-pipes.ts";
import type { RuntimeFolder } from "./runtime-folder.ts";
import type { Frame } from "./signal-tree.ts";

/** What a mode is given to plan the first process of a sandbox. */
export interface PlanInput {
  readonly folders: SandboxFolders;
  readonly record: SandboxRecord;
  readonly runtime: RuntimeFolder;
  readonly limits: RunLimits;
  readonly group: ControlGroup;
  readonly signal: AbortSignal | undefined;
}

export interface InspectInput {
  readonly frame: Frame;
  readonly folders: SandboxFolders;
  readonly runtime: RuntimeFolder;
  readonly limited: ControlGroup["limited"];
}

export interface LaunchPlan {
  /** For `sh -c "exec …"`: ends up as the supervisor. */
  readonly text: string;
  /** Gives back what the plan holds, once the sandbox has ended. */
  release(): Promise<void>;
}

/** How processes are confined: the difference between the local sandbox and none at all. */
export interface ProcessMode {
  readonly kind: "local" | "unsafe-local";
  /** For a sandbox that is not running, whose posture cannot be read. */
  readonly badge: PostureBadge;
  /** Whether anything holds its processes: then one that has a network is refused, and none runs as root. */
  readonly isConfined: boolean;
  probe(owner: Owner | null, where: string): Promise<EngineReport>;
  plan(input: PlanInput): Promise<LaunchPlan>;
  /** `PATH` inside, Node's own folder first. */
  path(node: string): string;
  inspect(input: InspectInput): Promise<Posture>;
}
