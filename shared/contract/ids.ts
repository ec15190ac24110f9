import * as z from "zod";

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}-[0-9a-z]{6,32}$`), `an id that begins with ${prefix}-`);

export const RepositoryId = id("repo").brand<"RepositoryId">();
export type RepositoryId = z.infer<typeof RepositoryId>;
export const TaskId = id("t").brand<"TaskId">();
export type TaskId = z.infer<typeof TaskId>;
/** Tasks that try the same thing. */
export const AttemptGroupId = id("try").brand<"AttemptGroupId">();
export type AttemptGroupId = z.infer<typeof AttemptGroupId>;
export const RunId = id("run").brand<"RunId">();
export type RunId = z.infer<typeof RunId>;
export const RequestId = id("req").brand<"RequestId">();
export type RequestId = z.infer<typeof RequestId>;
export const SecretId = id("sec").brand<"SecretId">();
export type SecretId = z.infer<typeof SecretId>;
export const SandboxId = id("sbx").brand<"SandboxId">();
export type SandboxId = z.infer<typeof SandboxId>;
export const McpServerId = id("mcp").brand<"McpServerId">();
export type McpServerId = z.infer<typeof McpServerId>;
export const TerminalId = id("term").brand<"TerminalId">();
export type TerminalId = z.infer<typeof TerminalId>;
export const ViewerId = id("view").brand<"ViewerId">();
export type ViewerId = z.infer<typeof ViewerId>;

/** Milliseconds since the Unix epoch. */
export const Timestamp = z.int().nonnegative();
