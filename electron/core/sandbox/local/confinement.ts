import { existsSync, readdirSync } from "node:fs";
import type { SandboxFolders } from "./folders.ts";

/** What a sandbox's first process is given and kept from. */
export interface Confinement {
  readonly folders: SandboxFolders;
  /** Shell text to run inside. */
  readonly command: string;
  /** Files and folders outside its own that it may read, besides the system's programs. */
  readonly readable: readonly string[];
  /** Files shown in place of the system's own. */
  readonly replaced: readonly { readonly path: string; readonly by: string }[];
  /** The seccomp helper, where it stands for the sandbox to run it; null for the package's own. */
  readonly seccompHelper: string | null;
  readonly home: string;
  /** Whether core runs as root and the sandbox as another user. */
  readonly isDroppedFromRoot: boolean;
}

/**
 * Wraps a command so that it runs confined, as text for `sh -c`. The package's global manager is not
 * used: it starts proxies as a way out, and a sandbox of ours has none. Its wrapping functions take
 * everything as arguments, so any number of sandboxes can live side by side.
 */
export async function confine(confinement: Confinement, signal?: AbortSignal): Promise<string> {
  return process.platform === "darwin" ? await confineWithSeatbelt(confinement) : await confineWithBubblewrap(confinement, signal);
}

/** All of the file system is hidden but these: system programs, and what they need to run. */
const systemReadable = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
  ...[
    "alternatives",
    "ca-certificates",
    "ca-certificates.conf",
    "fonts",
    "group",
    "hosts",
    "java",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    // Not its settings, which may name servers and passwords.
    "maven/logging",
    "maven/m2.conf",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "perl",
    "pki",
    "protocols",
    "python3",
    "services",
    "ssl",
    "terminfo",
  ].map((name) => `/etc/${name}`),
];

/** Debian keeps the settings that a Java cannot start without in a folder for each version. */
function javaSettings(): readonly string[] {
  try {
    return readdirSync("/etc").flatMap((name) => (/^java-\d+-openjdk$/.test(name) ? [`/etc/${name}`] : []));
  } catch {
    return [];
  }
}

async function confineWithBubblewrap(confinement: Confinement, signal?: AbortSignal): Promise<string> {
  const { wrapCommandWithSandboxLinux } = await import("@anthropic-ai/sandbox-runtime/dist/sandbox/linux-sandbox-utils.js");
  const { folders } = confinement;
  const wrapped = await wrapCommandWithSandboxLinux({
    command: confinement.command,
    needsNetworkRestriction: true,
    readConfig: {
      denyOnly: ["/", "/sys"],
      allowWithinDeny: [...systemReadable, ...javaSettings(), ...confinement.readable, folders.pipes].filter((path) => existsSync(path)),
    },
    writeConfig: { allowOnly: [folders.workspace, folders.home, folders.temporary], denyWithinAllow: [] },
    maskedFileBinds: confinement.replaced.filter(({ path }) => existsSync(path)).map(({ path, by }) => ({ realPath: path, fakePath: by })),
    allowAllUnixSockets: false,
    allowGitConfig: true,
    binShell: "/bin/bash",
    // Nothing is searched for in the folder that core happens to stand in: it is hidden anyway.
    ripgrepConfig: { command: "true" },
    ...(confinement.seccompHelper === null ? {} : { seccompConfig: { applyPath: confinement.seccompHelper } }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  });
  if (!confinement.isDroppedFromRoot) return wrapped;
  // The package decides by core's user; the command runs as another, which needs no capability at all.
  return wrapped.replace(" --cap-add CAP_SETFCAP", "");
}

async function confineWithSeatbelt(confinement: Confinement): Promise<string> {
  const { wrapCommandWithSandboxMacOS } = await import("@anthropic-ai/sandbox-runtime/dist/sandbox/macos-sandbox-utils.js");
  const { folders, home } = confinement;
  return wrapCommandWithSandboxMacOS({
    command: confinement.command,
    needsNetworkRestriction: true,
    allowLocalBinding: true,
    allowPty: true,
    allowGitConfig: true,
    readConfig: {
      denyOnly: [home, "/Users", "/Volumes", "/private/var/root", "/private/tmp", "/private/var/run", "/private/etc/ssh"],
      allowWithinDeny: [...confinement.readable, folders.workspace, folders.home, folders.temporary, folders.pipes],
    },
    writeConfig: { allowOnly: [folders.workspace, folders.home, folders.temporary, folders.pipes], denyWithinAllow: [] },
    binShell: "/bin/bash",
  });
}

/** Where the package keeps the helper that sets the seccomp filter; null on processors it has none for. */
export async function seccompHelper(): Promise<string | null> {
  if (process.platform !== "linux") return null;
  const { getApplySeccompBinaryPath } = await import("@anthropic-ai/sandbox-runtime/dist/sandbox/generate-seccomp-filter.js");
  return getApplySeccompBinaryPath();
}

/** To be called when a confined command has ended: gives back what the package holds for it. */
export async function releaseConfinement(): Promise<void> {
  if (process.platform !== "linux") return;
  const { cleanupBwrapMountPoints } = await import("@anthropic-ai/sandbox-runtime/dist/sandbox/linux-sandbox-utils.js");
  cleanupBwrapMountPoints();
}
