#!/usr/bin/env node
import { type Command, usageExitCode } from "./command.ts";

/** Loaded on use, so that `--help` and `decide` do not load engines. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  practice: async () => (await import("./commands/practice.ts")).practice,
  decide: async () => (await import("./commands/decide.ts")).decideCommand,
  rules: async () => (await import("./commands/rules.ts")).rules,
  audit: async () => (await import("./commands/audit.ts")).audit,
  backup: async () => (await import("./commands/backup.ts")).backup,
  health: async () => (await import("./commands/health.ts")).health,
};

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") return await listCommands();
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(`gatehouse: there is no command '${name}'. 'gatehouse --help' lists them.\n`);
    return usageExitCode;
  }
  const command = await load();
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${command.help.trim()}\n`);
    return 0;
  }
  return await command.run(rest);
}

async function listCommands(): Promise<number> {
  process.stdout.write("Usage: gatehouse COMMAND [options]\n\n");
  for (const [name, load] of Object.entries(commands)) process.stdout.write(`  ${name.padEnd(12)}${(await load()).summary}\n`);
  process.stdout.write("\n'gatehouse COMMAND --help' explains one.\n");
  return 0;
}

/** Whoever read the output has gone (`| head`): end quietly, as a program that SIGPIPE ends (128 + 13). */
process.stdout.on("error", (error) => {
  if (!("code" in error) || error.code !== "EPIPE") throw error;
  process.exit(141);
});

process.exitCode = await main(process.argv.slice(2));
