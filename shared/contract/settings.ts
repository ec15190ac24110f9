import * as z from "zod";
import { changes, reads } from "./base.ts";

export const Settings = z.object({
  theme: z.enum(["system", "light", "dark"]),
  /** Runs at once, over all repositories. */
  maximumRuns: z.int().min(1).max(64),
  maximumRunsPerRepository: z.int().min(1).max(64),
  /** `best`: Docker where it answers, else the local process sandbox. */
  sandbox: z.enum(["best", "docker", "local"]),
  /** The image that the sandbox image is built on: it must hold git and Node 20 or newer. Null: the image that the Dockerfile names. */
  baseImage: z
    .string()
    .max(255)
    .regex(/^[a-z0-9][a-z0-9._/:@-]*$/, "not an image name")
    .nullable(),
  /** How long a prompt waits for an answer before it expires to deny, seconds. */
  promptExpirySeconds: z.int().min(5).max(86_400),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  theme: "system",
  maximumRuns: 4,
  maximumRunsPerRepository: 2,
  sandbox: "best",
  baseImage: null,
  promptExpirySeconds: 600,
};

export const settings = {
  get: reads().input(z.object({})).output(Settings),
  /** Changes the named settings and leaves the rest. */
  update: changes("settings.update", { role: "owner" }).input(Settings.partial()).output(Settings),
};
