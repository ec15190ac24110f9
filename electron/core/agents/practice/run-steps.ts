import type { Step } from "./steps.ts";
import type { Outcome, Turn } from "./turn.ts";
import { asJson, fields, type Wire } from "./wire.ts";

/** Runs scripted steps in order. The result is the turn's stop reason. */
export async function runSteps(turn: Turn, wire: Wire, steps: readonly Step[]): Promise<string> {
  let stopReason = "end_turn";
  const lines: string[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.do === "stop") stopReason = step.reason;
    const result = await runStep(turn, wire, step);
    if (result !== null) lines.push(`${index + 1}. ${step.do}: ${result}`);
  }
  if (lines.length > 0) await turn.say(lines.join("\n"));
  return stopReason;
}

/** Does one step; in words how it went, or null where there is nothing to tell. */
async function runStep(turn: Turn, wire: Wire, step: Step): Promise<string | null> {
  switch (step.do) {
    case "say":
      return await silent(turn.say(step.text, step.pieces));
    case "think":
      return await silent(turn.think(step.text, step.pieces));
    case "plan":
      return await silent(turn.plan(step.entries, step.done));
    case "run":
      return told(await turn.run(step.command, step));
    case "read":
      return told(await turn.read(step.path));
    case "write":
      return told(await turn.write(step.path, step.content));
    case "delete":
      return told(await turn.delete(step.path));
    case "ask":
      return told(await turn.ask(step.command, step.options));
    case "mcp":
      return told(await turn.callTool(step.server, step.tool, step.input));
    case "unasked":
      return told(await turn.unasked(step.command));
    case "together":
      return (await Promise.all(step.steps.map((one) => runStep(turn, wire, one)))).join("; ");
    case "mode":
      return await silent(turn.update({ sessionUpdate: "current_mode_update", currentModeId: step.modeId }));
    case "sleep":
      return await silent(new Promise<void>((resolve) => setTimeout(resolve, step.ms)));
    case "exit":
      await new Promise<void>((resolve) => process.stderr.write(step.words, () => resolve()));
      process.exit(step.code);
      break;
    case "garbage":
      return await silent(wire.write(`${step.line}\n`));
    case "flood":
      return await silent(flood(turn, wire, step.bytes, step.to));
    case "update":
      return await silent(turn.update(step.update));
    case "request":
      return await silent(request(turn, step.method, step.params));
    case "form":
      return await silent(request(turn, "elicitation/create", step.params));
    case "show":
      return await silent(
        turn.update({ sessionUpdate: "agent_message_chunk", content: { type: "image", mimeType: step.type, data: step.data } }),
      );
    case "deaf":
      turn.isDeaf = true;
      return null;
    case "stop":
      return null;
  }
  return null;
}

async function request(turn: Turn, method: string, params: Readonly<Record<string, unknown>>): Promise<void> {
  const named = Object.fromEntries(Object.entries(params).map(([key, value]) => [key, asJson(value)]));
  try {
    await turn.say(`${method}: ${JSON.stringify(await turn.request(method, named))}`);
  } catch (error) {
    await turn.say(`${method} failed: ${String(fields(error)["message"])}`);
  }
}

async function flood(turn: Turn, wire: Wire, bytes: number, to: "stdout" | "stderr" | "message"): Promise<void> {
  const piece = "flood ".repeat(10_923);
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (to === "message") await turn.say(piece.slice(0, bytes - sent), 64);
    else if (to === "stdout") await wire.write(piece.slice(0, bytes - sent));
    else await new Promise<void>((resolve) => process.stderr.write(piece.slice(0, bytes - sent), () => resolve()));
  }
  if (to === "stdout") await wire.write("\n");
}

function told(outcome: Outcome): string {
  return outcome.kind === "done" ? `exit ${outcome.exitCode}` : `refused (${outcome.why})`;
}

async function silent(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
