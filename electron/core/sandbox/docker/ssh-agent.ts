import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import type { EngineAddress } from "./engine-address.ts";

/**
 * Reaches an engine over the person's own `ssh`, with their known hosts, keys and configuration, as
 * the Docker CLI does (`docker system dial-stdio`). One ssh process a connection; no host key is taken on trust.
 */
export function sshAgent(address: Extract<EngineAddress, { kind: "ssh" }>): Agent {
  const agent = new Agent();
  const words = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T"];
  if (address.port !== null) words.push("-p", String(address.port));
  words.push("--", address.target, "docker", "system", "dial-stdio");
  Object.assign(agent, {
    createConnection: () => {
      const child = spawn("ssh", words, { stdio: ["pipe", "pipe", "ignore"] });
      const duplex = Duplex.from({ writable: child.stdin, readable: child.stdout });
      child.on("error", (error) => duplex.destroy(error));
      duplex.on("close", () => child.kill());
      return Object.assign(duplex, {
        setKeepAlive: () => duplex,
        setNoDelay: () => duplex,
        setTimeout: () => duplex,
        ref: () => duplex,
        unref: () => duplex,
      });
    },
  });
  return agent;
}
