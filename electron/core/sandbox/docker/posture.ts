import type Docker from "dockerode";
import * as z from "zod";
import type { Posture } from "../driver.ts";
import { readOutput } from "./docker-process.ts";
import { workspacePath } from "./container.ts";

/** What of an inspection bears on the posture. A field that is missing counts as not fulfilled. */
const Inspected = z.object({
  Config: z.object({ User: z.string().default("") }),
  HostConfig: z.object({
    NetworkMode: z.string().default(""),
    Privileged: z.boolean().default(true),
    ReadonlyRootfs: z.boolean().default(false),
    CapAdd: z.array(z.string()).nullish(),
    CapDrop: z.array(z.string()).nullish(),
    SecurityOpt: z.array(z.string()).nullish(),
    PidMode: z.string().default(""),
    IpcMode: z.string().default(""),
    Memory: z.number().default(0),
    MemorySwap: z.number().default(0),
    NanoCpus: z.number().default(0),
    PidsLimit: z.number().nullish(),
    Devices: z.array(z.unknown()).nullish(),
    Binds: z.array(z.string()).nullish(),
  }),
  Mounts: z.array(z.object({ Type: z.string(), Destination: z.string(), RW: z.boolean() })),
});

/** What a process of the sandbox finds. */
export interface InsideFacts {
  readonly values: ReadonlyMap<string, string>;
  /** Mount points of real file systems that can be written. */
  readonly writable: readonly string[];
}

/** Prints one `name=value` a line, with bash builtins only. Limits are read where version 2 and version 1 of control groups keep them. */
const insideScript = `
while IFS=$':\\t ' read -r name value rest; do
  case "$name" in
    Uid|CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp) printf '%s=%s\\n' "$name" "$value" ;;
  esac
done < /proc/self/status
links=
for link in /sys/class/net/*; do links="$links \${link##*/}"; done
printf 'Links=%s\\n' "\${links# }"
while read -r device path type options rest; do
  case ",$options," in *,rw,*) printf 'Writable=%s %s\\n' "$type" "$path" ;; esac
done < /proc/self/mounts
[ -w ${workspacePath} ] && echo Workspace=writable
[ -e /var/run/docker.sock ] || [ -e /run/docker.sock ] || [ -e /run/podman/podman.sock ] || echo EngineSocket=no
limit() {
  local value=
  for file in "/sys/fs/cgroup/$2" "/sys/fs/cgroup/$3"; do
    [ -r "$file" ] && read -r value < "$file" && break
  done
  printf '%s=%s\\n' "$1" "$value"
}
limit MemoryLimit memory.max memory/memory.limit_in_bytes
limit PidsLimit pids.max pids/pids.max
limit CpuLimit cpu.max cpu/cpu.cfs_quota_us
`;

/**
 * Reads a sandbox's posture back twice: from the engine, and from inside, where the kernel says what
 * a process really has. The weaker of the two counts.
 */
export async function readPosture(container: Docker.Container, engineLabel: string): Promise<Posture> {
  const inspected = Inspected.parse(await container.inspect());
  const { text } = await readOutput(container, ["/bin/bash", "-c", insideScript]);
  return judge(inspected, parseFacts(text), engineLabel);
}

/** Where a file system that can be written holds nothing of the host: the kernel's own, and memory. */
const harmlessTypes = new Set(["proc", "tmpfs", "devpts", "mqueue", "sysfs", "cgroup", "cgroup2", "devtmpfs"]);

/** Files that the engine makes for each container and mounts from its own folder; read-only root or not, they belong to nobody else. */
const engineFiles = new Set(["/etc/resolv.conf", "/etc/hostname", "/etc/hosts"]);

/** Pure, so that every claim can be tested against an inspection that breaks it. */
export function judge(inspected: z.input<typeof Inspected>, inside: InsideFacts, engineLabel: string): Posture {
  const { Config, HostConfig, Mounts } = Inspected.parse(inspected);
  const { values, writable } = inside;
  const links = values.get("Links");
  const network = links === undefined ? "unknown" : links === "lo" && HostConfig.NetworkMode === "none" ? "none" : "present";
  const elsewhere = writable.filter((path) => path !== workspacePath && !engineFiles.has(path));
  const claims: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [network === "none", network === "present" ? "it has a network" : "its network could not be read"],
    [!HostConfig.Privileged, "it is privileged"],
    [values.get("Uid") !== undefined && values.get("Uid") !== "0" && !/^(0|root)?(:|$)/.test(Config.User), "it runs as root"],
    [HostConfig.ReadonlyRootfs && !writable.includes("/"), "its root file system can be written"],
    [values.get("Workspace") === "writable", "its workspace cannot be written"],
    [elsewhere.length === 0, `it can write ${elsewhere.join(", ")}`],
    [isZero(values.get("CapEff")) && isZero(values.get("CapPrm")), "it holds capabilities"],
    [isZero(values.get("CapBnd")), "it could gain capabilities"],
    [values.get("NoNewPrivs") === "1", "new privileges can be had"],
    [values.get("Seccomp") === "2", "no seccomp filter is on"],
    [HostConfig.Memory > 0 && values.get("MemoryLimit") === String(HostConfig.Memory), "its memory is not limited"],
    [HostConfig.Memory > 0 && HostConfig.MemorySwap === HostConfig.Memory, "swap is not limited"],
    [HostConfig.NanoCpus > 0 && /^[1-9]/.test(values.get("CpuLimit") ?? ""), "its CPU is not limited"],
    [(HostConfig.PidsLimit ?? 0) > 0 && values.get("PidsLimit") === String(HostConfig.PidsLimit), "its processes are not limited"],
    [HostConfig.PidMode === "", "it sees other processes of the host"],
    [HostConfig.IpcMode !== "host", "it shares memory with the host"],
    [(HostConfig.Devices ?? []).length === 0, "it has host devices"],
    [(HostConfig.Binds ?? []).length === 0 && Mounts.every((mount) => mount.Type !== "bind"), "a host folder is mounted"],
    [values.get("EngineSocket") === "no", "it can reach the engine's socket"],
  ];
  return {
    network,
    badge: { driver: "docker", label: engineLabel, weaker: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])) },
    facts: {
      network: links === undefined ? "unknown" : `interfaces: ${links}`,
      user: `uid ${values.get("Uid") ?? "unknown"}`,
      "root file system": writable.includes("/") ? "writable" : "read-only",
      capabilities: values.get("CapEff") ?? "unknown",
      "capability bound": values.get("CapBnd") ?? "unknown",
      "no new privileges": values.get("NoNewPrivs") === "1" ? "yes" : "no",
      seccomp: values.get("Seccomp") === "2" ? "filter" : (values.get("Seccomp") ?? "unknown"),
      memory: `${Math.round(HostConfig.Memory / 1024 / 1024)} MiB`,
      swap: HostConfig.MemorySwap === HostConfig.Memory ? "none" : "beyond memory",
      cpu: `${HostConfig.NanoCpus / 1e9} cores`,
      processes: String(HostConfig.PidsLimit ?? "no limit"),
      disk: "no limit of its own",
      mounts: Mounts.map((mount) => `${mount.Type} ${mount.Destination}`).join(", "),
    },
  };
}

function parseFacts(text: string): InsideFacts {
  const values = new Map<string, string>();
  const writable: string[] = [];
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at < 0) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1)];
    const [type = "", path = ""] = value.split(" ");
    if (name !== "Writable") values.set(name, value);
    else if (!harmlessTypes.has(type)) writable.push(path);
  }
  return { values, writable };
}

function isZero(mask: string | undefined): boolean {
  return mask !== undefined && /^0+$/.test(mask);
}
