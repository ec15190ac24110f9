import { dirname } from "node:path";
import type { Posture } from "../driver.ts";
import type { ProcessMode } from "./process-mode.ts";
import { quote } from "./shell-quote.ts";

/** Nothing confines it. Constructed only where a person asked for `--unsafe-local` by name. */
export const unsafeLocalMode: ProcessMode = {
  kind: "unsafe-local",
  badge: { driver: "unsafe-local", label: "UNSAFE: no sandbox", weaker: ["nothing confines it"] },
  isConfined: false,
  probe: async (_owner, where) => ({
    driver: "local",
    label: "UNSAFE: no sandbox",
    status: { kind: "ready", version: "no sandbox at all", where },
  }),
  plan: async ({ runtime }) => ({
    text: quote([runtime.node, "--no-warnings", runtime.supervisor]),
    release: async () => undefined,
  }),
  path: (node) => [dirname(node), process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"].join(":"),
  inspect: async () => unsafe,
};

const unsafe: Posture = {
  network: "present",
  badge: {
    driver: "unsafe-local",
    label: "UNSAFE: no sandbox",
    weaker: [
      "nothing confines it: it can read and change everything that you can",
      "it has this computer's network",
      "its memory, CPU and processes are not limited",
    ],
  },
  facts: { network: "this computer's own", "root file system": "writable", user: "yours" },
};
