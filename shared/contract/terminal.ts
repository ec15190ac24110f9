import { eventIterator } from "@orpc/contract";
import * as z from "zod";
import { changes, continues, reads } from "./base.ts";
import { TaskId, TerminalId, Timestamp, ViewerId } from "./ids.ts";

const columns = z.int().min(2).max(500);
const rows = z.int().min(1).max(300);

export const TerminalSummary = z.object({
  id: TerminalId,
  taskId: TaskId,
  title: z.string(),
  /** `interface`: the agent's own, which a person types into. */
  kind: z.enum(["command", "shell", "interface"]),
  createdAt: Timestamp,
  /** Null while it runs. */
  exit: z
    .object({
      /** Null beside a signal, and where an agent told of a command's end but not of its code. */
      code: z.int().nullable(),
      signal: z.string().nullable(),
      hasFailed: z.boolean(),
    })
    .nullable(),
});
export type TerminalSummary = z.infer<typeof TerminalSummary>;

/** What a viewer receives. After `dropped` bytes the next frame is always a snapshot. */
export const TerminalFrame = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("attached"), viewerId: ViewerId }),
  z.object({ kind: z.literal("snapshot"), data: z.string(), columns, rows, bytes: z.int() }),
  z.object({ kind: z.literal("data"), data: z.string(), bytes: z.int() }),
  z.object({ kind: z.literal("exit"), code: z.int().nullable(), signal: z.string().nullable() }),
]);
export type TerminalFrame = z.infer<typeof TerminalFrame>;

export const TerminalsEvent = z.object({ kind: z.literal("snapshot"), terminals: z.array(TerminalSummary) });
export type TerminalsEvent = z.infer<typeof TerminalsEvent>;

export const terminals = {
  /** The terminals of a task, again whenever one comes, ends or goes. */
  watch: reads()
    .input(z.object({ taskId: TaskId }))
    .output(eventIterator(TerminalsEvent)),
  attach: reads()
    .input(z.object({ id: TerminalId }))
    .output(eventIterator(TerminalFrame)),
  /** Tells how many bytes of frames the viewer has drawn; a viewer that does not is not sent more. */
  acknowledge: reads()
    .input(z.object({ viewerId: ViewerId, bytes: z.int().positive().max(67_108_864) }))
    .output(z.object({})),
  /** Opens the operator's own shell in the task's sandbox. Audited. */
  openShell: changes("terminal.open-shell")
    .input(z.object({ taskId: TaskId, columns, rows }))
    .output(TerminalSummary),
  /** Keys to an operator's shell or an agent's own interface. FORBIDDEN for a command of the agent. */
  input: continues("terminal.open-shell")
    .input(z.object({ id: TerminalId, data: z.string().max(65_536) }))
    .output(z.object({})),
  resize: reads({ role: "operator" })
    .input(z.object({ id: TerminalId, columns, rows }))
    .output(z.object({})),
  close: changes("terminal.close")
    .input(z.object({ id: TerminalId }))
    .output(z.object({})),
};
