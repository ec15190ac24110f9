import * as z from "zod";

/** What a person confirmed; nothing else that a server says of itself reaches a model. */
export const Pin = z.object({ instructions: z.string(), tools: z.array(z.looseObject({ name: z.string() })) });
export type Pin = z.infer<typeof Pin>;

const Id = z.union([z.string().max(1_000), z.number()]);
const Message = z.looseObject({ jsonrpc: z.literal("2.0"), id: Id.optional(), method: z.string().optional() });
type Message = z.infer<typeof Message>;
const Call = z.looseObject({ name: z.string() });
const Hello = z.looseObject({
  protocolVersion: z.string(),
  serverInfo: z.looseObject({ name: z.string().max(200), version: z.string().max(200) }).catch({ name: "", version: "" }),
});

/** Where one line goes. */
export interface Passed {
  readonly toServer?: string;
  readonly toAgent?: string;
}

const nothing: Passed = {};
const noMethod = -32_601;
const badParameters = -32_602;

/** From the agent without an answer, and from the server, towards each other. */
const agentNotes = new Set(["notifications/initialized", "notifications/cancelled", "notifications/progress"]);
const serverNotes = new Set(["notifications/cancelled", "notifications/progress"]);
/** What a server may ask of the agent: not to speak with its model. */
const serverRequests = new Set(["ping", "roots/list", "elicitation/create"]);

/** How many calls are under way at most. */
const maximumOpen = 1_000;

/**
 * Stands between an agent and a server, line by line (MCP over stdio): the agent is told of exactly the tools that a person
 * confirmed, calls only those, and gets answers only to what it asked. What a server offers besides is not passed on.
 */
export class PinGuard {
  readonly #pin: Pin;
  readonly #names: ReadonlySet<string>;
  /** Requests of the agent that the server has yet to answer; `isHello` for the one whose answer is rewritten. */
  readonly #open = new Map<string | number, { readonly isHello: boolean }>();
  readonly #asked = new Set<string | number>();

  constructor(pin: Pin) {
    this.#pin = pin;
    this.#names = new Set(pin.tools.map(({ name }) => name));
  }

  fromAgent(line: string): Passed {
    const message = read(line);
    if (message === null) return nothing;
    const { id, method } = message;
    if (method === undefined) return id !== undefined && this.#asked.delete(id) ? { toServer: JSON.stringify(message) } : nothing;
    if (id === undefined) return agentNotes.has(method) ? { toServer: JSON.stringify(message) } : nothing;
    switch (method) {
      case "tools/list":
        return answer(id, { result: { tools: this.#pin.tools } });
      case "tools/call":
        return this.#call(id, message);
      case "initialize":
      case "ping":
        return this.#ask(id, message, method === "initialize");
      default:
        return fault(id, noMethod, "Only tools of this server were confirmed.");
    }
  }

  fromServer(line: string): Passed {
    const message = read(line);
    if (message === null) return nothing;
    const { id, method } = message;
    if (method === undefined) return id === undefined ? nothing : this.#answered(id, message);
    if (id === undefined) return serverNotes.has(method) ? { toAgent: JSON.stringify(message) } : nothing;
    if (serverRequests.has(method) && this.#asked.size < maximumOpen) {
      this.#asked.add(id);
      return { toAgent: JSON.stringify(message) };
    }
    return { toServer: asLine(id, { error: { code: noMethod, message: "Method not found" } }) };
  }

  #call(id: string | number, message: Message): Passed {
    const call = Call.safeParse(message["params"]);
    if (!call.success || !this.#names.has(call.data.name)) return fault(id, badParameters, "Nobody has confirmed a tool of that name.");
    return this.#ask(id, message, false);
  }

  #ask(id: string | number, message: Message, isHello: boolean): Passed {
    if (this.#open.size >= maximumOpen) return fault(id, noMethod, "Too much is asked at once.");
    this.#open.set(id, { isHello });
    return { toServer: JSON.stringify(message) };
  }

  #answered(id: string | number, message: Message): Passed {
    const asked = this.#open.get(id);
    if (asked === undefined) return nothing;
    this.#open.delete(id);
    if (!asked.isHello || message["error"] !== undefined) return { toAgent: JSON.stringify(message) };
    const hello = Hello.safeParse(message["result"]);
    if (!hello.success) return fault(id, noMethod, "The server's greeting is not as MCP has it.");
    const { protocolVersion, serverInfo } = hello.data;
    const { instructions } = this.#pin;
    const told = { name: serverInfo.name, version: serverInfo.version };
    const result = { protocolVersion, capabilities: { tools: {} }, serverInfo: told, ...(instructions === "" ? {} : { instructions }) };
    return answer(id, { result });
  }
}

function read(line: string): Message | null {
  try {
    const message = Message.safeParse(JSON.parse(line));
    return message.success ? message.data : null;
  } catch {
    return null;
  }
}

function asLine(id: string | number, content: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id, ...content });
}

function answer(id: string | number, content: object): Passed {
  return { toAgent: asLine(id, content) };
}

function fault(id: string | number, code: number, message: string): Passed {
  return answer(id, { error: { code, message } });
}
