// npm test: builds, runs every suite, and ends in one line `N passed, N failed, N skipped`.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { setUpFromWords } from "./set-up.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const help = `Usage: npm test -- [options] [vitest filters]

  --setup        first install what the suites need (Docker, Chromium, Xvfb, a keyring, bubblewrap)
  --yes          with --setup: do not ask
  --only-setup   install, and run nothing
  --project P    only the suite P: unit, engine or journeys

Suites whose engine is missing are skipped by name with the reason. GATEHOUSE_REQUIRE=docker,browser,…
turns such a skip into a failure.
`;

const words = process.argv.slice(2);
if (words.includes("--help")) {
  console.log(help);
  process.exit(0);
}
const isSetUp = words.includes("--setup");
const rest = await setUpFromWords(
  "test",
  words.filter((word) => word !== "--only-setup"),
);
if (words.includes("--only-setup")) process.exit(0);
const dockerd = isSetUp ? startDocker() : null;
if (isSetUp && answers("docker", ["info"])) run("sh", [".workshop/base-image.sh"], { required: true });
await build();

const results = mkdtempSync(join(tmpdir(), "gatehouse-results-"));
const report = join(results, "report.json");
const vitest = [
  join(root, "node_modules/vitest/vitest.mjs"),
  "run",
  "--config",
  ".workshop/vitest.config.ts",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${report}`,
  ...rest,
];
const display = await startDisplay();
const status = run(...withKeyring([process.execPath, ...vitest]), { required: false });
for (const pid of [dockerd, display]) if (pid !== null) process.kill(pid);
process.exitCode = summarise(status);
rmSync(results, { recursive: true, force: true });

/** Puts a throw-away session bus and keyring around the command, where their programs are installed. */
function withKeyring(command) {
  if (process.env.DBUS_SESSION_BUS_ADDRESS || !has("dbus-run-session") || !has("gnome-keyring-daemon"))
    return [command[0], command.slice(1)];
  const keyring = mkdtempSync(join(tmpdir(), "gatehouse-keyring-"));
  mkdirSync(join(keyring, "keyrings"));
  const script = 'printf probe | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"';
  return ["env", [`XDG_DATA_HOME=${keyring}`, "dbus-run-session", "--", "sh", "-c", script, "session", ...command]];
}

/** A screen without a monitor for the desktop app; its pid, or null where there is one or none can be had. */
async function startDisplay() {
  if (process.env.DISPLAY || process.platform !== "linux" || !has("Xvfb")) return null;
  const child = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const number = await new Promise((resolve) => {
    child.stdio[3].once("data", (chunk) => resolve(String(chunk).trim()));
    child.once("exit", () => resolve(null));
  });
  if (number === null) return null;
  process.env.DISPLAY = `:${number}`;
  child.unref();
  // Left open: the server writes its number again whenever it starts afresh.
  child.stdio[3].unref();
  return child.pid ?? null;
}

function run(program, parameters, { required }) {
  const { status } = spawnSync(program, parameters, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (required && status !== 0) {
    console.error(`${program} ${parameters[0] ?? ""} failed.`);
    process.exit(1);
  }
  return status ?? 1;
}

/** Starts an engine where none answers and this process may; the pid to end afterwards, or null. */
function startDocker() {
  if (answers("docker", ["info"]) || !has("dockerd") || process.getuid?.() !== 0) return null;
  // An engine that was killed leaves these behind, and a new one believes them when another process has the number.
  const stale = ["/var/run/docker.pid", "/var/run/docker/containerd/containerd.pid"];
  if (!answers("pgrep", ["-x", "dockerd"])) for (const file of stale) rmSync(file, { force: true });
  const log = openSync(join(tmpdir(), `gatehouse-dockerd-${process.pid}.log`), "w", 0o600);
  const child = spawn("dockerd", [], { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  for (let tries = 0; tries < 60; tries += 1) {
    if (answers("docker", ["info"])) return child.pid ?? null;
    spawnSync("sleep", ["0.5"]);
  }
  console.error("dockerd was started but does not answer.");
  return child.pid ?? null;
}

function has(program) {
  return answers("which", [program]);
}

function answers(program, parameters) {
  return spawnSync(program, parameters, { stdio: "ignore", timeout: 20_000 }).status === 0;
}

function summarise(status) {
  if (!existsSync(report)) {
    console.error("The test runner left no report.");
    console.log("0 passed, 1 failed, 0 skipped");
    return 1;
  }
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const tests = testResults.flatMap((file) => file.assertionResults);
  const count = (...kinds) => tests.filter((one) => kinds.includes(one.status)).length;
  const brokenFiles = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((one) => one.status !== "failed"),
  );
  const skipped = tests.filter((one) => ["pending", "skipped", "todo"].includes(one.status));
  const reasons = new Map();
  for (const one of skipped) {
    const title = one.ancestorTitles.find((part) => part.includes("(skipped, ")) ?? one.fullName;
    reasons.set(title, (reasons.get(title) ?? 0) + 1);
  }
  if (reasons.size > 0) console.log("\nSkipped:");
  for (const [title, number] of reasons) console.log(`  ${number} in ${title}`);
  for (const file of brokenFiles) console.error(`\nThis file could not run: ${file.name}\n${file.message}`);
  const failed = count("failed") + brokenFiles.length;
  console.log(`\n${count("passed")} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed === 0 && status === 0 && count("passed") > 0 ? 0 : 1;
}
