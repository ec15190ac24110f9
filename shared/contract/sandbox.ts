import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, reads } from "./base.ts";
import { Timestamp } from "./ids.ts";
import { PostureBadge } from "./task.ts";

/** One engine as found on this machine, with what is missing and how to mend it. */
export const EngineReport = z.object({
  driver: z.enum(["docker", "local"]),
  label: z.string(),
  status: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("ready"), version: z.string(), where: z.string() }),
    /** Works once its sandbox image has been made. */
    z.object({ kind: z.literal("needs-image"), version: z.string(), where: z.string(), remedy: z.string() }),
    z.object({ kind: z.literal("missing"), what: z.string(), remedy: z.string(), canSetUp: z.boolean() }),
  ]),
});
export type EngineReport = z.infer<typeof EngineReport>;

/** Languages whose tools a sandbox image can hold besides Node. */
export const ToolSet = z.enum(["python", "go", "rust", "java"]);
export type ToolSet = z.infer<typeof ToolSet>;

export const SandboxSummary = z.object({
  id: z.string(),
  driver: z.enum(["docker", "local", "unsafe-local"]),
  taskId: z.string().nullable(),
  runId: z.string().nullable(),
  /** `removing`: nothing needs it any more; it goes in the background. */
  state: z.enum(["running", "stopped", "removing"]),
  createdAt: Timestamp,
  posture: PostureBadge,
  memoryBytes: z.int().nullable(),
  cpuPercent: z.number().nullable(),
  pids: z.int().nullable(),
});
export type SandboxSummary = z.infer<typeof SandboxSummary>;

export const Progress = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("line"), text: z.string() }),
  z.object({ kind: z.literal("done") }),
]);
export type Progress = z.infer<typeof Progress>;

/** An image that Gatehouse made on an engine: the base, tools on it, an agent on those, MCP servers on that. */
export const ImageLayer = z.object({
  name: z.string(),
  kind: z.enum(["base", "tools", "agent", "servers"]),
  /** In words. */
  holds: z.string(),
  /** With all that it stands on, and without. */
  bytes: z.int(),
  ownBytes: z.int(),
  /** The image it stands on; null where that is not known. */
  below: z.string().nullable(),
  madeAt: Timestamp,
  /** The image that a person named, and its id when this one was made: it is pinned to that. */
  root: z.object({ name: z.string(), id: z.string() }),
  /** Its root is another one by now; new sandboxes are made from a new image. */
  isOld: z.boolean(),
});
export type ImageLayer = z.infer<typeof ImageLayer>;

export const sandboxes = {
  engines: reads().input(z.object({})).output(z.array(EngineReport)),
  list: reads().input(z.object({})).output(z.array(SandboxSummary)),
  /** Images of the engines that answer; none of an engine without images. */
  images: reads().input(z.object({})).output(z.array(ImageLayer)),
  /** Builds the sandbox image; ends with `done` or fails with IMAGE_BUILD_FAILED. */
  buildImage: changes("sandbox.build-image").input(z.object({})).output(eventIterator(Progress)),
  /** Installs what the local sandbox needs with the platform's package manager. */
  setUpLocal: changes("sandbox.set-up", { role: "owner" }).input(z.object({})).output(eventIterator(Progress)),
};
