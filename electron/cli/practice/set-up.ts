import { createInterface } from "node:readline/promises";
import { setUp } from "../../core/sandbox/set-up/set-up.ts";
import { planSetUp, viewSystem } from "../../core/sandbox/set-up/system-packages.mjs";

/** Installs what the local sandbox needs, saying what and asking first. False where that was declined or failed. */
export async function setUpLocalSandbox(isAgreed: boolean): Promise<boolean> {
  const plan = planSetUp("local", viewSystem());
  if (plan.commands.length > 0) {
    say(`Setup installs ${plan.missing.join(", ")}:\n${plan.commands.map((words) => `  ${words.join(" ")}`).join("\n")}`);
    if (!isAgreed && !(await asked())) {
      say("Setup was not agreed to; nothing was installed. --yes agrees.");
      return false;
    }
  }
  try {
    await setUp("local", (line) => say(`  ${line}`));
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  }
}

async function asked(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question("Go on? [y/N] ");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
