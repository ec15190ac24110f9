import { TaskDiff, TimelineEntry } from "#shared/contract/task.ts";
import { TerminalSummary } from "#shared/contract/terminal.ts";
import { cwd, fuzz, minute, taskId, workflowAfter, workflowBefore } from "./run-fixtures.ts";

const shell = (command: string) => ({ tool: "shell" as const, command, cwd });
const file = (action: "read" | "write", path: string) => ({ tool: "filesystem" as const, action, path, cwd });

/** A timeline with every kind of row; `extra` appends that many commands, for long lists. */
export function timeline(nowMs: number, extra = 0): readonly TimelineEntry[] {
  const at = (minutesAgo: number) => nowMs - minutesAgo * minute;
  const call = (id: string, minutesAgo: number, request: unknown, decidedBy: string, more: Record<string, unknown> = {}) => ({
    id,
    at: at(minutesAgo),
    kind: "call",
    title: id,
    request,
    decision: "allow",
    decidedBy,
    verdict: null,
    status: "completed",
    durationMs: 200,
    terminalId: null,
    diff: null,
    ...more,
  });
  return TimelineEntry.array().parse([
    { id: "e1", at: at(12), kind: "stage", stage: "preparing-sandbox", text: "Docker sandbox, no network, read-only root" },
    { id: "e2", at: at(12), kind: "stage", stage: "starting-agent", text: "Practice agent, asked for every call" },
    {
      id: "e3",
      at: at(12),
      kind: "person",
      delivery: "delivered",
      text: "Templates with a missing closing brace throw. Recover, report one error with a position, keep the rest of the tree. Tests first.",
    },
    {
      id: "e4",
      at: at(11),
      kind: "plan",
      entries: [
        { text: "Write failing tests for five unbalanced shapes", status: "completed" },
        { text: "Find where the scanner gives up", status: "completed" },
        { text: "Insert the missing close and carry on", status: "in_progress" },
        { text: "Report one error, with line and column", status: "pending" },
      ],
    },
    {
      id: "e5",
      at: at(11),
      kind: "thought",
      text: "The scanner keeps a stack of braces.\nIt pops only when it sees a closing brace, so the end of the file leaves frames open.\nI should look at how errors are reported first.",
    },
    call("c1", 10, file("read", "src/scanner.ts"), "silent read", { decision: "unasked", durationMs: 100 }),
    call("c2", 10, shell("git log --oneline -12 -- src/scanner.ts"), "shell(git:*)"),
    call("c3", 10, shell("ls src/__fixtures__"), "shell(ls:*)", { durationMs: 0 }),
    call("c4", 10, shell('node scripts/trace.js "a ${b"'), "once, 38 s to answer", { durationMs: 1_400 }),
    call("c5", 9, shell("curl -s https://telemetry.example/v1"), "shell(curl:*)", {
      decision: "deny",
      status: "refused",
      durationMs: null,
    }),
    {
      id: "e6",
      at: at(8),
      kind: "message",
      text: "The scanner pops its brace stack only on `}`, so end of file leaves it open. I will close every open frame at end of file and attach one error to the outermost. <script>alert(1)</script>",
    },
    call("c6", 5, file("write", "src/scanner.ts"), "filesystem(*)", { diff: { files: 1, added: 96, removed: 31 } }),
    call("c7", 5, file("write", "src/errors.ts"), "filesystem(*)", { diff: { files: 1, added: 22, removed: 9 } }),
    call("c8", 5, file("write", "src/template.test.ts"), "filesystem(*)", { diff: { files: 1, added: 64, removed: 0 } }),
    { id: "e7", at: at(3), kind: "notice", text: "The agent's mode was set back to asking for every call." },
    ...Array.from({ length: extra }, (_, index) =>
      call(`x${index}`, 2, shell(`npm test -- --run part-${index}`), "shell(npm test:*), this run", { durationMs: 300 }),
    ),
    call("c9", 1, shell("npm test -- --reporter=dot"), "shell(npm test:*), this run", { durationMs: 6_200 }),
    call("c10", 1, shell(fuzz), "", { decision: "waiting", status: "pending", durationMs: null }),
  ]);
}

export function stopEntries(nowMs: number): readonly TimelineEntry[] {
  return TimelineEntry.array().parse([
    { id: "s1", at: nowMs - 20_000, kind: "stop", reason: { kind: "denied", requestId: "req-fuzz0001", summary: fuzz } },
  ]);
}

export function terminals(nowMs: number): readonly TerminalSummary[] {
  return TerminalSummary.array().parse([
    {
      id: "term-trace001",
      taskId,
      title: "node scripts/trace.js",
      kind: "command",
      createdAt: nowMs - 9 * minute,
      exit: { code: 0, signal: null, hasFailed: false },
    },
    {
      id: "term-fail0001",
      taskId,
      title: "npm run lint",
      kind: "command",
      createdAt: nowMs - 8 * minute,
      exit: { code: 1, signal: null, hasFailed: true },
    },
    { id: "term-test0001", taskId, title: "npm test -- --reporter=dot", kind: "command", createdAt: nowMs - minute, exit: null },
  ]);
}

const escape = "\u001b";
const paint = (code: number, text: string) => `${escape}[${code}m${text}${escape}[0m`;

/** What the test run's screen shows. */
export const terminalText = [
  `${paint(90, "t-7f3a:packages/parser$")} npm test -- --reporter=dot`,
  "",
  "> @lumen/parser@4.1.1 test",
  "> vitest run --reporter=dot",
  "",
  ` ${paint(34, "RUN")}  v2.1.4 ${paint(90, "/workspace/tasks/t-7f3a/packages/parser")}`,
  "",
  `${paint(32, "······································")}${paint(31, "x")}${paint(32, "··")}`,
  "",
  ` ${paint(31, "FAIL")}  src/template.test.ts ${paint(90, ">")} recovers ${paint(90, ">")} unbalanced brace at end of file`,
  `${paint(31, "AssertionError")}: expected [ ${paint(33, "'EOF'")} ] to deeply equal [ ${paint(33, "'BraceClose'")}, ${paint(33, "'EOF'")} ]`,
  "",
  `  ${paint(32, "- Expected")}   ${paint(31, "+ Received")}`,
  "",
  ` ${paint(36, "❯")} src/template.test.ts:${paint(33, "88:31")}`,
  `     ${paint(90, "86|")}   ${paint(35, "const")} tokens = scan(${paint(33, '"a ${b"')})`,
  `     ${paint(90, "87|")}   ${paint(90, "// recovery inserts the missing close, see https://example.com/issues/412")}`,
  "",
  ` ${paint(90, "Tests")}  ${paint(31, "1 failed")} ${paint(90, "|")} ${paint(32, "40 passed")} ${paint(90, "(120)")}`,
  "",
].join("\r\n");

const before = Array.from({ length: 60 }, (_, index) => `export const line${index + 1} = ${index + 1};`).join("\n");
const after = before
  .replace("export const line12 = 12;", 'export const line12 = "twelve";\nexport const inserted = true;')
  .replace("export const line40 = 40;\n", "")
  .replace(
    "export const line55 = 55;",
    "export const line55 = line12.length + 55; // a longer remark on what this line is for, so that wrapping can be seen",
  );

export function diff(): TaskDiff {
  const text = (path: string, left: string, right: string, more: Record<string, unknown> = {}) => ({
    path,
    previousPath: null,
    change: "modified",
    added: 4,
    removed: 3,
    content: { kind: "text", before: left, after: right },
    sensitive: null,
    ...more,
  });
  return TaskDiff.parse({
    base: "1".repeat(40),
    head: "a".repeat(40),
    size: { files: 7, added: 182, removed: 40 },
    baseMoved: true,
    commits: [
      { id: "a".repeat(40), subject: "Close open frames at the end of the file" },
      { id: "b".repeat(40), subject: "Tests for five unbalanced shapes" },
    ],
    files: [
      text(".github/workflows/release.yml", workflowBefore, workflowAfter, {
        sensitive: "runs on continuous integration",
        added: 5,
        removed: 1,
      }),
      text("src/scanner.ts", before, after, { added: 96, removed: 31 }),
      text("src/errors.ts", "", "export class ScanError extends Error {}\n", { change: "added", added: 22, removed: 0 }),
      text("src/old\u202egpj.exe", "a\n", "", { change: "deleted", added: 0, removed: 1 }),
      text("src/recovery/template.ts", before, after, { change: "renamed", previousPath: "src/template.ts", added: 3, removed: 2 }),
      text("docs/logo.png", "", "", { content: { kind: "not-shown", why: "binary", detail: "18 kB to 22 kB" }, added: 0, removed: 0 }),
      text("vendor/data.bin", "", "", {
        content: { kind: "not-shown", why: "lfs-pointer", detail: "oid sha256:91b3…" },
        added: 1,
        removed: 1,
      }),
    ],
  });
}
