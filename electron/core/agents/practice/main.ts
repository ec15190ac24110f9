import { type HandedServer, handedServers } from "./call-mcp-tool.ts";
import { firstTurn, greeting, laterTurn } from "./own-work.ts";
import { runSteps } from "./run-steps.ts";
import { serveTerminal } from "./terminal.ts";
import { stepsOf } from "./steps.ts";
import { Turn, TurnCancelled } from "./turn.ts";
import { type Fields, fields, type Json, Refused, text, Wire } from "./wire.ts";

/** The modes that it offers: it asks in both, and only ever leaves the first when a step tells it to claim so. */
const modes = {
  currentModeId: "ask",
  availableModes: [
    { id: "ask", name: "Ask", description: "Asks for every call" },
    { id: "free", name: "Free", description: "For tests of what happens when an agent leaves its mode" },
  ],
};

const wire = new Wire();
const ids = { next: 1 };
let session: { readonly id: string; readonly cwd: string; readonly servers: readonly HandedServer[] } | null = null;
let turn: Turn | null = null;
let turns = 0;

async function answer(method: string, params: Fields): Promise<Json> {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: 1,
        agentInfo: { name: "practice-agent", title: "Practice agent", version: "1.0.0" },
        agentCapabilities: { loadSession: false, promptCapabilities: { image: true } },
        authMethods: [],
      };
    case "session/new":
      session = { id: "practice-session", cwd: text(params["cwd"]) ?? process.cwd(), servers: handedServers(params["mcpServers"]) };
      return { sessionId: session.id, modes };
    case "session/set_mode":
      return {};
    case "session/prompt":
      return { stopReason: await prompt(params) };
    default:
      throw new Refused(-32_601, "Method not found");
  }
}

async function prompt(params: Fields): Promise<string> {
  if (session === null || turn !== null) throw new Refused(-32_600, "There is no session, or a turn is open");
  turn = new Turn(wire, session, ids);
  turns += 1;
  try {
    if (turns === 1) await turn.say(greeting);
    const images = promptImages(params);
    if (images.length > 0)
      await turn.say(`I was shown ${images.length} pictures: ${images.map((image) => text(image["mimeType"]) ?? "").join(", ")}.`);
    return await work(turn, promptText(params));
  } catch (error) {
    if (error instanceof TurnCancelled) return "cancelled";
    throw error;
  } finally {
    turn = null;
  }
}

async function work(turn: Turn, words: string): Promise<string> {
  let steps: ReturnType<typeof stepsOf>;
  try {
    steps = stepsOf(words);
  } catch (error) {
    await turn.say(error instanceof Error ? error.message : String(error));
    return "end_turn";
  }
  if (steps !== null) return await runSteps(turn, wire, steps);
  const [message = "", task] = words.split("\n\n(You have worked on this before;");
  if (turns > 1 || task !== undefined) await laterTurn(turn, message);
  else await firstTurn(turn);
  return "end_turn";
}

function promptText(params: Fields): string {
  const blocks = params["prompt"];
  return Array.isArray(blocks) ? blocks.map((block) => text(fields(block)["text"]) ?? "").join("\n") : "";
}

/** Pictures of the prompt, as they came. */
function promptImages(params: Fields): readonly Fields[] {
  const blocks = params["prompt"];
  return Array.isArray(blocks) ? blocks.map(fields).filter((block) => block["type"] === "image") : [];
}

function heard(method: string): void {
  if (method !== "session/cancel" || turn === null || turn.isDeaf) return;
  turn.isCancelled = true;
  wire.cancelAll();
}

const [, , mode, ...words] = process.argv;
if (mode === "--terminal") await serveTerminal(words.join(" "));
else await wire.serve({ request: answer, notification: heard });
process.exit(0);
