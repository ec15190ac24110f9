import { posix } from "node:path";
import { RequestError } from "@agentclientprotocol/sdk";
import type { ToolRequest } from "#shared/contract/policy.ts";
import { randomId } from "../kernel/ids.ts";
import { activityOf, titleOf } from "./activity.ts";
import type { AgentHost } from "./agent-session.ts";
import type { CallLedger } from "./call-ledger.ts";
import type { Gate, GateDecision } from "./gate.ts";
import { FileProblem, type Peek, type SandboxFiles } from "./sandbox-files.ts";
import type { SeenCall } from "./seen-call.ts";

/** `fs/read_text_file` and `fs/write_text_file`: decided like every call, carried out inside the sandbox. */
export class ClientFiles {
  readonly #files: SandboxFiles;
  readonly #gate: Gate;
  readonly #ledger: CallLedger;
  readonly #host: AgentHost;
  readonly #worktree: string;

  constructor(parts: {
    readonly files: SandboxFiles;
    readonly gate: Gate;
    readonly ledger: CallLedger;
    readonly host: AgentHost;
    readonly worktree: string;
  }) {
    this.#files = parts.files;
    this.#gate = parts.gate;
    this.#ledger = parts.ledger;
    this.#host = parts.host;
    this.#worktree = parts.worktree;
  }

  async read(
    input: { readonly path: string; readonly line?: number | null | undefined; readonly limit?: number | null | undefined },
    requestSignal: AbortSignal,
  ): Promise<{ content: string }> {
    const signal = AbortSignal.any([requestSignal, this.#gate.turnSignal]);
    const content = await this.#carryOut(
      "read",
      input.path,
      null,
      signal,
      async ({ realPath, text }) => text ?? (await this.#files.readText(realPath, signal)),
    );
    return { content: partOf(content, input.line ?? null, input.limit ?? null) };
  }

  async write(input: { readonly path: string; readonly content: string }, requestSignal: AbortSignal): Promise<Record<string, never>> {
    const signal = AbortSignal.any([requestSignal, this.#gate.turnSignal]);
    await this.#carryOut("write", input.path, input.content, signal, ({ realPath }) =>
      this.#files.writeText(realPath, input.content, signal),
    );
    return {};
  }

  async #carryOut<T>(
    action: "read" | "write",
    path: string,
    content: string | null,
    signal: AbortSignal,
    effect: (peek: Peek) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw refusal("withdrawn");
    if (!path.startsWith("/")) throw RequestError.invalidParams({ path: "must be absolute" });
    const request: ToolRequest = { tool: "filesystem", action, path: posix.resolve(path), cwd: this.#worktree };
    const peek = await asAnswer(this.#files.peek(request.path, signal));
    if (peek === null) throw RequestError.invalidParams({ path: "cannot be resolved" });
    const approval = this.#ledger.useApproval(request, content, peek.realPath);
    const seen = approval === null ? this.#ledger.match((call) => belongs(call, action, request.path, this.#worktree)) : null;
    const callId = approval?.hostId ?? seen?.hostIds[0] ?? randomId("call");
    if (approval === null) {
      if (seen !== null) seen.verdict = "deciding";
      const before = content === null || peek.isMissing ? null : await this.#before(peek, signal);
      const decision = await this.#gate.decide(
        {
          callId,
          title: titleOf(request, this.#worktree),
          request,
          realPath: peek.realPath,
          edit: content === null ? null : { path: request.path, before, after: content },
          agentWords: seen?.words ?? null,
        },
        signal,
      );
      if (seen !== null) seen.verdict = decision === "allowed" ? "allowed" : "refused";
      if (decision !== "allowed") throw refusal(decision);
    }
    this.#host.activity(activityOf(request, this.#worktree));
    if (seen !== null) seen.isStarted = true;
    if (approval === null) this.#host.callStarted(callId, null);
    try {
      const result = await asAnswer(effect(peek));
      if (approval === null) this.#host.callEnded(callId, "completed");
      return result;
    } catch (error) {
      if (approval === null) this.#host.callEnded(callId, "failed");
      throw error;
    } finally {
      if (seen !== null) seen.isEnded = true;
    }
  }

  /** What the person is shown as the old side of a change; null where there is none that can be shown. */
  async #before(peek: Peek, signal: AbortSignal): Promise<string | null> {
    return peek.text ?? (await this.#files.readText(peek.realPath, signal).catch(() => null));
  }
}

/** What the agent is told about a call that was not allowed. */
export function refusal(decision: Exclude<GateDecision, "allowed">): RequestError {
  if (decision !== "refused") return RequestError.requestCancelled();
  return new RequestError(-32_003, "Refused by a rule of the person who runs you. Do not try to do the same in another way.");
}

async function asAnswer<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    if (error.isMissing) throw RequestError.resourceNotFound();
    throw RequestError.internalError({ details: error.message }, error.message);
  }
}

function belongs(call: SeenCall, action: "read" | "write", path: string, worktree: string): boolean {
  const kinds = action === "read" ? ["read", "search"] : ["edit", "delete", "move"];
  if (call.kind === null || !kinds.includes(call.kind)) return false;
  return [...call.locations, ...call.edits.map((edit) => edit.path)].some((named) => posix.resolve(worktree, named) === path);
}

/** `line` counts from 1 (ACP, fs/read_text_file). */
function partOf(content: string, line: number | null, limit: number | null): string {
  if (line === null && limit === null) return content;
  const lines = content.split("\n");
  const start = Math.max(0, (line ?? 1) - 1);
  return lines.slice(start, limit === null ? undefined : start + limit).join("\n");
}
