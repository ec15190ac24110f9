import type { McpServer, McpSource } from "#shared/contract/mcp.ts";
import type { ToolRequest, Verdict } from "#shared/contract/policy.ts";
import { assertNever } from "#shared/domain/assert-never.ts";
import { escapeControls, hasHiddenCharacters } from "#shared/domain/escape-controls.ts";
import type { McpServer as HandedServer } from "../../agents/handshake.ts";
import { askForTools } from "../../mcp/ask-for-tools.ts";
import { compareTools, type FoundTools, type ToolChange } from "../../mcp/tool-list.ts";
import type { ActiveRun } from "./active-run.ts";
import { requirePerson } from "./ask-person.ts";
import { decidedByRule } from "./describe-request.ts";
import { guardedServer, startableServer } from "./mcp-source.ts";
import type { CommandPlace } from "./repository-command.ts";

/** MCP's own method: no tool can be named so, and no rule for a tool matches it by accident. */
const listing = "tools/list";

/**
 * The MCP servers that the agent of this run gets: each is started once and asked for its tools, and a person
 * confirms those that are new or have changed; a denial ends the run as any. One that cannot be had is left out.
 */
export async function readyMcpServers(run: ActiveRun, place: CommandPlace): Promise<readonly HandedServer[]> {
  const servers = run.services.mcp.of(run.task.repositoryId);
  for (const name of run.services.mcp.missing(run.task.repositoryId))
    run.notice(`gatehouse.jsonc names the MCP server ${name}: nobody has defined it here, or lets repositories name it.`);
  if (servers.length > 0 && run.task.interface === "terminal") {
    run.notice("In its own terminal the agent gets none of the MCP servers: what it would call there is not seen.");
    return [];
  }
  const handed: HandedServer[] = [];
  for (const server of servers) {
    const ready = await readyOne(run, place, server);
    if (ready !== null) handed.push(ready);
  }
  return handed;
}

async function readyOne(run: ActiveRun, place: CommandPlace, server: McpServer): Promise<HandedServer | null> {
  const { services } = run;
  const before = judge(run, place, server, { input: "{}", why: null });
  if (before.verdict.decision === "deny") return leaveOut(run, server, `is refused by the rules (${decidedByRule(before.verdict)})`);
  run.activity(`Asking the MCP server ${server.name} for its tools`);
  const startable = await startableServer(run, place.sandbox, server);
  if (startable === null) return leaveOut(run, server, "is not in this sandbox; a task that starts in a new one has it");
  const { argv, environment, answerMs } = startable;
  const event = { ...about(run), verb: "mcp-server.start", detail: { server: server.name, ...told(server.source) } };
  const how = { clock: services.clock, ...(answerMs === null ? {} : { limits: { answerMs } }) };
  const asked = await services.audit.around(
    event,
    async () => await askForTools(place.sandbox, { argv, cwd: place.worktree, environment }, how, run.signal),
  );
  run.throwIfStopped();
  if (asked.kind === "failed") return leaveOut(run, server, escapeControls(asked.why));
  const standing = services.mcp.found(server, asked.found);
  switch (standing) {
    case "stale":
      return leaveOut(run, server, "was changed or removed meanwhile");
    case "unconfirmed":
      if (!(await askPerson(run, place, server, asked.found))) return null;
      break;
    case "confirmed":
      break;
    default:
      return assertNever(standing);
  }
  const guarded = await guardedServer(run, place.sandbox, { name: server.name, argv, confirmed: asked.found });
  return { name: server.name, tools: asked.found.tools.map(({ name }) => name), environment, ...guarded };
}

function told(source: McpSource): Readonly<Record<string, string>> {
  switch (source.kind) {
    case "program":
      return { program: source.command[0] ?? "" };
    case "package":
      return { package: `${source.package}@${source.version}`, lock: source.lock };
    case "http":
      return { url: source.url };
    default:
      return assertNever(source);
  }
}

/** Whether a person confirmed what the server offers now: false where a rule refuses it. A denial stops the run. */
async function askPerson(run: ActiveRun, place: CommandPlace, server: McpServer, found: FoundTools): Promise<boolean> {
  const { services } = run;
  const change = compareTools(server.pin?.tools ?? [], found.tools);
  const { added, removed, changed } = change;
  const tools = { server: server.name, hash: found.hash, confirmed: server.pin?.hash ?? null };
  const detail = { ...tools, added: [...added], removed: [...removed], changed: [...changed] };
  await services.audit.note({ ...about(run), verb: "mcp-server.tools", detail });
  const { request, verdict } = judge(run, place, server, { input: shown(found), why: reason(server, change) + hiddenIn(found) });
  if (verdict.decision === "deny") {
    leaveOut(run, server, `is refused by the rules (${decidedByRule(verdict)})`);
    return false;
  }
  const by = await requirePerson(run, {
    ...{ request, verdict, asker: `The MCP server ${server.name}` },
    waitsFor: `the tools of the MCP server ${server.name}`,
  });
  const confirmation = { ...about(run), verb: "mcp-server.confirm", actor: { kind: "person" as const, name: by }, detail };
  await services.audit.around(confirmation, async () => services.mcp.confirm(server.id, found.hash));
  return true;
}

/** With `why` it is asked about even where a rule allows all that the server has. */
function judge(
  run: ActiveRun,
  place: CommandPlace,
  server: McpServer,
  how: { readonly input: string; readonly why: string | null },
): { readonly request: ToolRequest; readonly verdict: Verdict } {
  const { services, task } = run;
  const request: ToolRequest = { tool: "mcp", server: server.name, name: listing, input: how.input };
  const verdict = services.decide(request, services.rules(task.repositoryId), {
    ...{ worktree: place.worktree, home: place.sandbox.home, realPath: null },
    ...{ grants: new Set<string>(), askAnyway: how.why, now: services.clock.now() },
  });
  return { request, verdict };
}

/** One tool a line, whole: what is confirmed is what was shown. */
function shown({ instructions, tools }: FoundTools): string {
  return [
    ...(instructions === "" ? [] : [`instructions ${JSON.stringify(instructions)}`]),
    ...tools.map(({ definition }) => definition),
  ].join("\n");
}

function reason(server: McpServer, change: ToolChange): string {
  if (server.pin === null) return `Nobody has confirmed the tools of ${server.name} yet: what stands here is all that it tells the model.`;
  const parts = (["added", "removed", "changed"] as const).flatMap((kind) =>
    change[kind].length === 0 ? [] : [`${kind}: ${change[kind].join(", ")}`],
  );
  const what = parts.length === 0 ? "its instructions" : parts.join("; ");
  return `The tools of ${server.name} are not those that were confirmed (${what}).`;
}

/** Text that a person would not see is how a description says one thing to them and another to a model. */
function hiddenIn({ instructions, tools }: FoundTools): string {
  const names = tools.flatMap(({ name, definition }) => (hasHiddenCharacters(definition) ? [name] : []));
  const places = [...(hasHiddenCharacters(instructions) ? ["its instructions"] : []), ...names];
  if (places.length === 0) return "";
  return ` It holds characters that cannot be seen, which are written out here: in ${places.slice(0, 10).join(", ")}${places.length > 10 ? " and more" : ""}.`;
}

function leaveOut(run: ActiveRun, server: McpServer, why: string): null {
  run.notice(`The agent works without the MCP server ${server.name}: it ${why}.`);
  return null;
}

function about(run: ActiveRun) {
  return { actor: { kind: "gatehouse" as const }, taskId: run.taskId, runId: run.id };
}
