// --setup [--yes] of start, practice and test: installs the system packages that they need.
import { createInterface } from "node:readline/promises";
import { planSetUp, runPlan, viewSystem } from "../electron/core/sandbox/set-up/system-packages.mjs";

/** The person said no, or there was nobody to ask. */
const declinedExitCode = 2;

/**
 * Acts on `--setup` and `--yes` among the words and returns the others. Ends the process when the
 * packages cannot be had: what comes next would only fail later.
 * @param {"local" | "test"} what
 * @param {readonly string[]} words
 * @returns {Promise<string[]>}
 */
export async function setUpFromWords(what, words) {
  if (!words.includes("--setup")) return [...words];
  const plan = planSetUp(what, viewSystem());
  if (plan.problem !== null) fail(plan.problem, 1);
  if (plan.missing.length === 0) {
    process.stderr.write("Setup: everything is installed already.\n");
  } else {
    process.stderr.write(`Setup installs ${plan.missing.join(", ")}:\n${plan.commands.map((words) => `  ${words.join(" ")}\n`).join("")}`);
    if (!words.includes("--yes") && !(await isAgreed()))
      fail("Setup was not agreed to; nothing was installed. --yes agrees.", declinedExitCode);
    try {
      await runPlan(plan, { onLine: (line) => process.stderr.write(`  ${line}\n`) });
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error), 1);
    }
    process.stderr.write(`Setup: installed ${plan.missing.join(", ")}.\n`);
  }
  return words.filter((word) => word !== "--setup" && word !== "--yes");
}

async function isAgreed() {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Go on? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/**
 * @param {string} words
 * @param {number} code
 * @returns {never}
 */
function fail(words, code) {
  process.stderr.write(`Setup: ${words}\n`);
  process.exit(code);
}
