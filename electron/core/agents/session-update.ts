import * as z from "zod";

const text = z.string();
const maybe = <T extends z.ZodType>(schema: T) => schema.nullish().catch(null);

/** Content of a tool call that Gatehouse reads; other kinds are kept as `other`. */
const CallContent = z.union([
  z.object({ type: z.literal("diff"), path: text, oldText: text.nullish(), newText: text }),
  z.object({ type: z.literal("terminal"), terminalId: text }),
  z.object({ type: z.literal("content"), content: z.object({ type: z.literal("text"), text }) }),
  z.object({ type: z.literal("content"), content: z.object({ type: z.literal("image"), data: text }) }),
  z.object({ type: z.string() }).transform(() => ({ type: "other" as const })),
]);

/** The fields that `tool_call`, `tool_call_update` and a permission request share; absent means unchanged. */
export const CallNews = z.object({
  toolCallId: text.max(1_000),
  kind: maybe(text),
  status: maybe(z.enum(["pending", "in_progress", "completed", "failed"])),
  title: maybe(text),
  name: maybe(text),
  content: maybe(z.array(CallContent)),
  locations: maybe(z.array(z.object({ path: text }))),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
  _meta: z.unknown().optional(),
});
export type CallNews = z.infer<typeof CallNews>;

const Chunk = z.object({
  messageId: maybe(text),
  content: z.union([
    z.object({ type: z.literal("text"), text }),
    z.object({ type: z.literal("image"), data: text }),
    z.object({ type: text }),
  ]),
});

export const ConfigOption = z.looseObject({ id: text, category: maybe(text), currentValue: z.unknown().optional() });
export type ConfigOption = z.infer<typeof ConfigOption>;

/** The updates of `session/update` that Gatehouse acts on. Anything else is `null` and has no effect. */
const SessionUpdate = z.discriminatedUnion("sessionUpdate", [
  Chunk.extend({ sessionUpdate: z.literal("agent_message_chunk") }),
  Chunk.extend({ sessionUpdate: z.literal("agent_thought_chunk") }),
  CallNews.extend({ sessionUpdate: z.literal("tool_call") }),
  CallNews.extend({ sessionUpdate: z.literal("tool_call_update") }),
  z.object({
    sessionUpdate: z.literal("plan"),
    entries: z.array(z.object({ content: text, status: z.enum(["pending", "in_progress", "completed"]) })),
  }),
  z.object({ sessionUpdate: z.literal("available_commands_update"), availableCommands: z.array(z.unknown()) }),
  z.object({ sessionUpdate: z.literal("current_mode_update"), currentModeId: text }),
  z.object({ sessionUpdate: z.literal("config_option_update"), configOptions: z.array(ConfigOption) }),
]);
export type SessionUpdate = z.infer<typeof SessionUpdate>;

const Notification = z.object({ sessionId: text, update: z.unknown().optional() });

/** Never throws: what cannot be read is an update of nothing. */
export function parseUpdate(params: unknown): { readonly sessionId: string; readonly update: SessionUpdate | null } {
  const notification = Notification.safeParse(params);
  if (!notification.success) return { sessionId: "", update: null };
  const update = SessionUpdate.safeParse(notification.data.update);
  return { sessionId: notification.data.sessionId, update: update.success ? update.data : null };
}
