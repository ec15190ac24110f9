import * as z from "zod";
import { AuditView } from "./audit.ts";
import { changes, reads } from "./base.ts";

/**
 * Keys that a whole desktop may lose to one program: two of Mod (Ctrl, on a Mac Cmd), Alt and Shift at least, in this order,
 * with a letter, a digit or F1 to F12. With one alone they would take the keys that other programs copy, close or type with;
 * Ctrl, Alt and F1 to F12 are the console's on Linux, and never arrive.
 */
export const DesktopKeys = z
  .string()
  .max(24)
  .regex(/^(?:(?:mod\+alt\+shift|mod\+alt)\+[a-z0-9]|(?:mod|alt)\+shift\+(?:[a-z0-9]|f(?:[1-9]|1[0-2])))$/, "not keys such as mod+shift+g");

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
  /** Keys that open the next request from anywhere on the desktop; null: none. */
  nextRequestKeys: DesktopKeys.nullable(),
  /** HTTP proxy that this computer needs to reach the Internet; null: what the environment says at start. Never with a password: that comes from there. */
  upstreamProxy: z
    .string()
    .max(300)
    .regex(/^http:\/\/[^\s/@]+\/?$/, "not a proxy such as http://proxy.example.com:3128")
    .nullable(),
  /** PEM file of authorities that connections opened for secrets trust besides the system's; read when a run starts. INVALID_INPUT for one that holds none. */
  extraCaFile: z.string().min(1).max(4_096).nullable(),
  /** Days that backups are kept; the newest so many are kept however old they are. */
  keepBackupDays: z.int().min(1).max(365),
  /** Memory that all runs together may be promised, MiB. Null: three quarters of this machine's. */
  memoryBudgetMiB: z.int().min(256).max(4_194_304).nullable(),
  /** CPU that all runs together may be promised, in hundredths of a core. Null: four times what this machine has. */
  cpuBudgetPercent: z.int().min(50).max(102_400).nullable(),
  /** With less than this free on the disk of the data folder no run begins, MiB. */
  leastFreeDiskMiB: z.int().min(64).max(1_048_576),
  /** What becomes of work that was cut off when Gatehouse ended: it goes on at the next start, or waits for a person. */
  afterRestart: z.enum(["go-on", "wait"]),
  /** A run that has said nothing for so long looks stuck, minutes. */
  quietMinutes: z.int().min(1).max(1_440),
  /** What happens to it then: it is only shown, or it is stopped. */
  whenQuiet: z.enum(["show", "stop"]),
  /** Days that the sandbox of a task in review is kept after its last run; the work has come back by then. */
  keepWorktreeDays: z.int().min(1).max(3_650),
  /** What all kept sandboxes together may take, MiB: above it those whose work has come back go, oldest first. */
  worktreeCapMiB: z.int().min(256).max(4_194_304),
  /** Days that a decided task is kept with its timeline. Null: until somebody removes it. */
  keepDecidedTaskDays: z.int().min(1).max(3_650).nullable(),
  /** Days that answered prompts are kept for replaying rules. The audit log keeps its own record for ever. */
  keepRequestDays: z.int().min(1).max(3_650),
  keepLogDays: z.int().min(1).max(365),
  /** Filters of the audit log, by name. */
  auditViews: z.array(AuditView).max(50),
  /** Minutes after the person's last touch of a window until Gatehouse locks. */
  idleLockMinutes: z.int().min(1).max(720),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  theme: "system",
  maximumRuns: 4,
  maximumRunsPerRepository: 2,
  sandbox: "best",
  baseImage: null,
  promptExpirySeconds: 600,
  nextRequestKeys: "mod+shift+g",
  upstreamProxy: null,
  extraCaFile: null,
  keepBackupDays: 7,
  memoryBudgetMiB: null,
  cpuBudgetPercent: null,
  leastFreeDiskMiB: 1_024,
  quietMinutes: 10,
  afterRestart: "go-on",
  whenQuiet: "show",
  keepWorktreeDays: 14,
  worktreeCapMiB: 20_480,
  keepDecidedTaskDays: null,
  keepRequestDays: 365,
  keepLogDays: 14,
  auditViews: [],
  idleLockMinutes: 10,
};

export const settings = {
  get: reads().input(z.object({})).output(Settings),
  /** Changes the named settings and leaves the rest. */
  update: changes("settings.update", { role: "owner" }).input(Settings.partial()).output(Settings),
};
