import { execFileSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const greeting = `
  \x1b[1mPractice agent\x1b[0m, in its own terminal. I am a small fixed program and no model.
  Whatever you type I put down in PRACTICE.md and commit. Nobody asks you here before I do it:
  the sandbox alone holds me. \x1b[1mexit\x1b[0m ends me, and the work goes to review.
`;

/** The practice agent's own terminal interface: what Gatehouse's terminal mode is tried with. */
export async function serveTerminal(prompt: string): Promise<void> {
  process.stdout.write(`${greeting}\n`);
  if (prompt !== "") process.stdout.write(`  You asked: ${prompt.replaceAll(/\p{Cc}/gu, " ").slice(0, 300)}\n\n`);
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: "practice> " });
  lines.prompt();
  for await (const line of lines) {
    const words = line.trim();
    if (words === "exit") break;
    if (words !== "") putDown(words);
    lines.prompt();
  }
  lines.close();
}

function putDown(words: string): void {
  try {
    appendFileSync("PRACTICE.md", `- ${words}\n`);
    execFileSync("git", ["add", "PRACTICE.md"], { stdio: "ignore" });
    execFileSync("git", ["commit", "--quiet", "-m", "Put down a line for the practice agent"], { stdio: "ignore" });
    process.stdout.write("  Put down and committed.\n");
  } catch (error) {
    process.stdout.write(`  That did not work: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
