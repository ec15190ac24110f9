import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { promisify } from "node:util";
import * as z from "zod";
import type { Posture } from "../driver.ts";
import { confine } from "./confinement.ts";
import type { SandboxFolders } from "./folders.ts";
import type { RuntimeFolder } from "./runtime-folder.ts";
import { quote } from "./shell-quote.ts";

const Tried = z.object({ uid: z.int(), network: z.string(), home: z.string(), elsewhere: z.string() });
export type Tried = z.infer<typeof Tried>;

/** Says what happens when it tries to leave: error codes, or `reached`. 192.0.2.1 answers nobody (RFC 5737). */
const attempt = `
const fs = require("fs"), net = require("net");
const code = (action) => { try { action(); return "reached"; } catch (error) { return error.code; } };
const home = code(() => fs.readdirSync(process.env.TRIED_HOME));
const elsewhere = code(() => fs.writeFileSync("/private/tmp/gatehouse-attempt", ""));
const socket = net.connect({ host: "192.0.2.1", port: 9, timeout: 2000 });
const end = (network) => { console.log(JSON.stringify({ uid: process.getuid(), network, home, elsewhere })); process.exit(); };
socket.on("connect", () => end("reached")).on("timeout", () => end("sent")).on("error", (error) => end(error.code));
`;

/**
 * Seatbelt cannot be asked what it forbids to a process, so a program under the same profile tries,
 * and tells.
 */
export async function seatbeltPosture(folders: SandboxFolders, runtime: RuntimeFolder): Promise<Posture> {
  const text = await confine({
    folders,
    command: `exec ${quote([runtime.node, "-e", attempt])}`,
    readable: runtime.readable,
    replaced: [],
    seccompHelper: null,
    home: homedir(),
    isDroppedFromRoot: false,
  });
  const env = { PATH: "/usr/bin:/bin", HOME: folders.home, TRIED_HOME: homedir() };
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", `exec ${text}`], { env, cwd: folders.workspace, timeout: 20_000 });
  return judgeTried(Tried.parse(JSON.parse(stdout)));
}

/** Pure. Only a refusal by the kernel counts as no network: silence may be a slow network. */
export function judgeTried({ uid, network, home, elsewhere }: Tried): Posture {
  const isRefused = (code: string) => code === "EPERM" || code === "EACCES";
  const claims: readonly (readonly [holds: boolean, otherwise: string])[] = [
    [isRefused(network), "it has a network"],
    [uid !== 0, "it runs as root"],
    [isRefused(home), "it can see your home folder"],
    [isRefused(elsewhere), "it can write outside its own folders"],
  ];
  return {
    network: isRefused(network) ? "none" : "present",
    badge: {
      driver: "local",
      label: "Local process sandbox",
      weaker: [
        "it reads this computer's system programs and libraries",
        "it can reach programs of this computer that listen on loopback",
        "its memory, CPU and processes are not limited",
        ...claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
      ],
    },
    facts: { network, user: `uid ${uid}`, home, "outside its folders": elsewhere },
  };
}
