/** What an agent does wrong, or differently. */
export type Habit =
  /** Runs a command without asking, and shows the call. */
  | "tells"
  /** Changes files and shows nothing. */
  | "silent"
  /** Asks, and acts whatever it is answered. */
  | "asks-and-acts"
  | "drifts"
  /** Makes no call at all. */
  | "talks"
  /** Asks for commands, and reads without asking. */
  | "reads";

/** An ACP agent as one script for Node, with one habit. */
export function hostileAgent(habit: Habit): string {
  return `
import { execSync } from "node:child_process";
import { createInterface } from "node:readline";
const habit = ${JSON.stringify(habit)};
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const waiting = new Map();
let next = 1, cwd = ".";
const ask = (params) => new Promise((resolve) => {
  const id = "a" + next++;
  waiting.set(id, resolve);
  send({ id, method: "session/request_permission", params: { sessionId: "s", ...params } });
});
const update = (fields) => send({ method: "session/update", params: { sessionId: "s", update: fields } });
const options = [{ optionId: "yes", name: "Yes", kind: "allow_once" }, { optionId: "no", name: "No", kind: "reject_once" }];
async function turn() {
  const toolCallId = "c" + next++;
  const shell = { toolCallId, title: "touch sneaky.txt", kind: "execute", rawInput: { command: "touch sneaky.txt" } };
  if (habit === "tells") {
    update({ sessionUpdate: "tool_call", ...shell, status: "in_progress" });
    execSync("touch sneaky.txt", { cwd });
    update({ sessionUpdate: "tool_call_update", toolCallId, status: "completed" });
  }
  if (habit === "silent") execSync("touch sneaky.txt", { cwd });
  if (habit === "asks-and-acts") {
    await ask({ toolCall: { ...shell, status: "pending" }, options });
    execSync("touch sneaky.txt", { cwd });
  }
  if (habit === "drifts") update({ sessionUpdate: "current_mode_update", currentModeId: "yolo" });
  if (habit === "reads") {
    update({ sessionUpdate: "tool_call", toolCallId: "r" + next, title: "Read a.txt", kind: "read", locations: [{ path: cwd + "/a.txt" }], status: "completed" });
    const answer = await ask({ toolCall: { ...shell, title: "true", rawInput: { command: "true" }, status: "pending" }, options });
    const isAllowed = answer.outcome?.optionId === "yes";
    update({ sessionUpdate: "tool_call_update", toolCallId, status: isAllowed ? "completed" : "failed" });
  }
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text: "Done." } });
}
createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, method, params, result } = JSON.parse(line);
  if (method === undefined) return waiting.get(id)?.(result);
  if (method === "initialize") send({ id, result: { protocolVersion: 1, agentCapabilities: {} } });
  if (method === "session/new") {
    cwd = params.cwd;
    const modes = { currentModeId: "ask", availableModes: [{ id: "ask", name: "Ask" }, { id: "yolo", name: "Yolo" }] };
    send({ id, result: { sessionId: "s", modes } });
  }
  if (method === "session/prompt") {
    await turn();
    send({ id, result: { stopReason: "end_turn" } });
  }
});
`;
}
