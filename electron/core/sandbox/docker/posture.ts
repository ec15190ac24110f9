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

/** Prints one `name=value` a line, with bash builtins only. */
const insideScript = `
while IFS=$':\\t ' read -r name value rest; do
  case "$name" in
    Uid|CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp) printf '%s=%s\\n' "$name" "$value" ;;
  esac
done < /proc/self/status
links=
for link in /sys/class/net/*; do links="$links \${link##*/}"; done
printf 'Links=%s\\n' "\${links# }"
if (: > /.gatehouse-probe) 2>/dev/null; then echo RootWritable=yes; else echo RootWritable=no; fi
if (: > /workspace/.gatehouse-probe) 2>/dev/null; then echo WorkspaceWritable=yes; else echo WorkspaceWritable=no; fi
[ -e /var/run/docker.sock ] && echo EngineSocket=yes || echo EngineSocket=no
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

/** Pure, so that every claim can be tested against an inspection that breaks it. */
export function judge(inspected: z.input<typeof Inspected>, inside: ReadonlyMap<string, string>, engineLabel: string): Posture {
  const { Config, HostConfig, Mounts } = Inspected.parse(inspected);
  const links = inside.get("Links");
  const network = links === undefined ? "unknown" : links === "lo" && HostConfig.NetworkMode === "none" ? "none" : "present";
  const writable = Mounts.filter((mount) => mount.RW && mount.Destination !== workspacePath).map((mount) => mount.Destination);
  const claims: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [network === "none", network === "present" ? "it has a network" : "its network could not be read"],
    [!HostConfig.Privileged, "it is privileged"],
    [inside.get("Uid") !== undefined && inside.get("Uid") !== "0" && !/^(0|root)?(:|$)/.test(Config.User), "it runs as root"],
    [HostConfig.ReadonlyRootfs && inside.get("RootWritable") === "no", "its root file system can be written"],
    [inside.get("WorkspaceWritable") === "yes", "its workspace cannot be written"],
    [isZero(inside.get("CapEff")) && isZero(inside.get("CapPrm")), "it holds capabilities"],
    [isZero(inside.get("CapBnd")), "it could gain capabilities"],
    [inside.get("NoNewPrivs") === "1", "new privileges can be had"],
    [inside.get("Seccomp") === "2", "no seccomp filter is on"],
    [HostConfig.Memory > 0, "its memory is not limited"],
    [HostConfig.Memory > 0 && HostConfig.MemorySwap === HostConfig.Memory, "swap is not limited"],
    [HostConfig.NanoCpus > 0, "its CPU is not limited"],
    [(HostConfig.PidsLimit ?? 0) > 0, "its processes are not limited"],
    [HostConfig.PidMode === "", "it sees other processes of the host"],
    [HostConfig.IpcMode !== "host", "it shares memory with the host"],
    [(HostConfig.Devices ?? []).length === 0, "it has host devices"],
    [(HostConfig.Binds ?? []).length === 0 && Mounts.every((mount) => mount.Type !== "bind"), "a host folder is mounted"],
    [writable.length === 0, `it can write ${writable.join(", ")}`],
    [inside.get("EngineSocket") === "no", "it can reach the engine's socket"],
  ];
  return {
    network,
    badge: { driver: "docker", label: engineLabel, weaker: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])) },
    facts: {
      network: links === undefined ? "unknown" : `interfaces: ${links}`,
      user: `uid ${inside.get("Uid") ?? "unknown"}`,
      "root file system": inside.get("RootWritable") === "no" ? "read-only" : "writable",
      capabilities: inside.get("CapEff") ?? "unknown",
      "capability bound": inside.get("CapBnd") ?? "unknown",
      "no new privileges": inside.get("NoNewPrivs") === "1" ? "yes" : "no",
      seccomp: inside.get("Seccomp") === "2" ? "filter" : (inside.get("Seccomp") ?? "unknown"),
      memory: `${Math.round(HostConfig.Memory / 1024 / 1024)} MiB`,
      swap: HostConfig.MemorySwap === HostConfig.Memory ? "none" : "beyond memory",
      cpu: `${HostConfig.NanoCpus / 1e9} cores`,
      processes: String(HostConfig.PidsLimit ?? "no limit"),
      disk: "no limit of its own",
      mounts: Mounts.map((mount) => `${mount.Type} ${mount.Destination}`).join(", "),
    },
  };
}

function parseFacts(text: string): ReadonlyMap<string, string> {
  const facts = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) facts.set(line.slice(0, at), line.slice(at + 1));
  }
  return facts;
}

function isZero(mask: string | undefined): boolean {
  return mask !== undefined && /^0+$/.test(mask);
}
