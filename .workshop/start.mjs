// npm start: opens the desktop app where an Electron runtime is to be had, otherwise the web host.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { setUpFromWords } from "./set-up.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const help = `Usage: npm start -- [options]

  --web          serve the app to a browser on this machine instead of opening a window
  --no-open      (web) do not open the browser
  --port N       (web) listen on this port of 127.0.0.1; default: a free one
  --data DIR     keep the data in this folder
  --setup        first install the system packages that the local sandbox needs
  --yes          with --setup: do not ask
`;

/** How long the first download of the Electron runtime may take before the web host opens instead. */
const downloadLimitMs = 300_000;

const words = process.argv.slice(2);
if (words.includes("--help") || words.includes("-h")) {
  console.log(help);
  process.exit(0);
}
const rest = await setUpFromWords("local", words);
await build();

const electron = rest.includes("--web") ? { missing: "--web was given" } : findElectron();
if ("path" in electron) {
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  run(electron.path, [...asRoot, root, ...rest.filter((word) => word !== "--no-open")]);
} else {
  if (!rest.includes("--web")) console.log(`No Electron runtime (${electron.missing}); opening the web host instead.`);
  run(process.execPath, [join(root, "out/main/host-web.js"), ...rest]);
}

function run(program, parameters) {
  const child = spawn(program, parameters, { stdio: "inherit", cwd: root });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
}

function findElectron() {
  if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return { missing: "this session has no display" };
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override !== undefined) {
    const path = join(override, executable());
    return existsSync(path) ? { path } : { missing: `${path} is not there` };
  }
  const folder = dirname(createRequire(import.meta.url).resolve("electron/package.json"));
  const installed = () =>
    existsSync(join(folder, "path.txt")) ? join(folder, "dist", readFileSync(join(folder, "path.txt"), "utf8")) : null;
  const present = installed();
  if (present !== null && existsSync(present)) return { path: present };
  console.log("Downloading the Electron runtime, once…");
  const { status } = spawnSync(process.execPath, [join(folder, "install.js")], {
    stdio: ["ignore", "ignore", "ignore"],
    timeout: downloadLimitMs,
  });
  const fetched = installed();
  return status === 0 && fetched !== null ? { path: fetched } : { missing: "it could not be downloaded" };
}

function executable() {
  if (process.platform === "darwin") return "Electron.app/Contents/MacOS/Electron";
  return process.platform === "win32" ? "electron.exe" : "electron";
}
